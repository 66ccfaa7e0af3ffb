// Checks that certificate and key can be read, and by whom they can be changed.
#include "web/config/tls_files.h"

#include <stdexcept>
#include <string>

#include "engine/secret.h"
#include "web/config/private_file.h"

namespace glitch_protocol::web {
namespace {

void check(const std::string& path, Content content) {
  try {
    FileText file = readFile(path);
    wipe(file.text);
    if (const auto error = exposure(file, content)) throw ConfigError({*error});
  } catch (const ConfigError&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw ConfigError({error.what()});
  }
}

}  // namespace

void checkTlsFiles(const Config& config) {
  if (config.tlsCertificate.empty()) return;
  check(config.tlsCertificate, Content::open);
  check(config.tlsPrivateKey, Content::secret);
}

}  // namespace glitch_protocol::web
