// Whom the server believes about its files: the rule as tables, and the way to a file on a real disk. What needs
// another user's files is tested where the tests run as root, which may give files away.
#include "web/config/file_trust.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "engine/random.h"
#include "tests/catch.h"
#include "tests/support/messages.h"
#include "tests/support/temporary_directory.h"
#include "web/config/database_files.h"
#include "web/config/jwt_secret.h"
#include "web/config/tls_files.h"

namespace glitch_protocol::web {
namespace {

constexpr uid_t service = 990;
constexpr uid_t stranger = 1001;
constexpr gid_t privateGroup = 990;
constexpr gid_t sharedGroup = 50;

TrustingUser asUser(uid_t id) {
  return {id, [](uid_t owner, gid_t group) { return group == privateGroup && owner == service; }};
}

FileFacts file(uid_t owner, gid_t group, mode_t mode) {
  return {FileFacts::Kind::file, owner, group, mode};
}
FileFacts directory(uid_t owner, gid_t group, mode_t mode) {
  return {FileFacts::Kind::directory, owner, group, mode};
}

/// A file of the process's own below a directory of its own.
class Site {
 public:
  Site() {
    std::filesystem::create_directories(etc() + "/deep");
    write(secret(), "q7Zt1vXw0cR5yN8mKd3LbP6hGs2JfA9uEoTiYxVzWnQ4");
  }
  void write(const std::string& path, std::string_view text, mode_t mode = 0600) const {
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
  }
  std::string path(const std::string& name) const { return directory_.file(name); }
  std::string etc() const { return path("etc"); }
  std::string secret() const { return etc() + "/deep/secret"; }

 private:
  TemporaryDirectory directory_;
};

std::string errorOf(const std::function<void()>& action) {
  try {
    action();
    return "";
  } catch (const ConfigError& refused) {
    return refused.what();
  }
}

std::string problemWithSecret(const std::string& path) {
  return errorOf([&] {
    Config config;
    config.jwtSecretFile = path;
    loadJwtSecret(config, systemRandom());
  });
}

bool isRoot() {
  return ::geteuid() == 0;
}

}  // namespace

TEST_CASE("a file is believed when nobody else can change it, a secret when nobody else can read it") {
  struct Row {
    uid_t asks;
    FileFacts facts;
    Content content;
    std::string error;  ///< part of the sentence; empty: there is none
  };
  const auto row = GENERATE(values<Row>({
      {service, file(service, sharedGroup, 0644), Content::open, ""},
      {service, file(0, 0, 0644), Content::open, ""},
      {service, file(stranger, sharedGroup, 0444), Content::open, "belongs to the user 1001"},
      {service, file(stranger, sharedGroup, 0444), Content::open, "chown 990 /f"},
      {0, file(0, 0, 0644), Content::open, ""},
      {0, file(service, sharedGroup, 0600), Content::open, "belongs to the user 990, and this runs as root"},
      {0, file(service, sharedGroup, 0600), Content::secret, "chown root /f"},
      {0, file(service, sharedGroup, 0600), Content::secret, "runuser -u 990"},
      {service, file(service, sharedGroup, 0646), Content::open, "chmod go-w /f"},
      {service, file(service, sharedGroup, 0664), Content::open, "chmod go-w /f"},
      {service, file(service, privateGroup, 0664), Content::open, ""},
      {service, file(service, privateGroup, 0666), Content::open, "chmod go-w /f"},
      {service, file(0, privateGroup, 0664), Content::open, "chmod go-w /f"},
      {service, file(service, sharedGroup, 0600), Content::secret, ""},
      {service, file(service, sharedGroup, 0400), Content::secret, ""},
      {service, file(service, sharedGroup, 0640), Content::secret,
       "other users may read /f; run: chmod 600 /f"},
      {service, file(service, privateGroup, 0640), Content::secret, "may read"},
      {service, file(service, privateGroup, 0660), Content::secret, "may change"},
      {service, file(0, privateGroup, 0640), Content::secret, ""},
      {service, file(0, privateGroup, 0644), Content::secret, "may read"},
      {service, file(0, privateGroup, 0660), Content::secret, "may change"},
      {0, file(0, privateGroup, 0640), Content::secret, ""},
      {0, file(0, 0, 0640), Content::secret, "may read"},
      {service, {FileFacts::Kind::link, service, sharedGroup, 0777}, Content::open, ""},
      {service,
       {FileFacts::Kind::link, stranger, sharedGroup, 0777},
       Content::open,
       "the link /f belongs to"},
      {service, {FileFacts::Kind::device, 0, 0, 0666}, Content::open, ""},
      {service, {FileFacts::Kind::device, stranger, 0, 0600}, Content::open, "belongs to"},
  }));
  INFO("asks " << row.asks << ", owner " << row.facts.owner << ", group " << row.facts.group << ", mode "
               << std::oct << row.facts.mode);
  const std::string error = problemWithFile("/f", row.facts, row.content, asUser(row.asks)).value_or("");
  INFO(error);
  CHECK(error.empty() == row.error.empty());
  CHECK(contains(error, row.error));
}

TEST_CASE("what is in a directory is believed when nobody else can replace it") {
  struct Row {
    uid_t asks;
    FileFacts facts;
    Entries entries;
    std::string error;
  };
  const auto row = GENERATE(values<Row>({
      {service, directory(0, 0, 0755), Entries::created, ""},
      {service, directory(service, privateGroup, 0700), Entries::created, ""},
      {service, directory(service, privateGroup, 0775), Entries::created, ""},
      {service, directory(service, sharedGroup, 0755), Entries::created, ""},
      {service, directory(service, sharedGroup, 0775), Entries::existing, "chmod go-w /d"},
      {service, directory(service, privateGroup, 0777), Entries::existing, "chmod go-w /d"},
      {service, directory(stranger, sharedGroup, 0700), Entries::existing, "the directory /d belongs to"},
      {service, directory(stranger, sharedGroup, 01777), Entries::existing, "belongs to"},
      {service, directory(0, 0, 01777), Entries::existing, ""},
      {service, directory(0, 0, 01777), Entries::created, "put files of their own into /d"},
      {service, directory(0, sharedGroup, 02775), Entries::existing, "chmod go-w /d"},
      {0, directory(service, privateGroup, 0755), Entries::existing, "and this runs as root"},
      {0, directory(0, 0, 0755), Entries::created, ""},
      {0, directory(0, privateGroup, 0750), Entries::created, ""},
  }));
  INFO("asks " << row.asks << ", owner " << row.facts.owner << ", group " << row.facts.group << ", mode "
               << std::oct << row.facts.mode);
  const std::string error = problemWithDirectory("/d", row.facts, row.entries, asUser(row.asks)).value_or("");
  INFO(error);
  CHECK(error.empty() == row.error.empty());
  CHECK(contains(error, row.error));
}

TEST_CASE("each directory on the way to a secret must be closed to others") {
  const Site site;
  CHECK(problemWithSecret(site.secret()) == "");
  for (const std::string& directory : {site.path(""), site.etc(), site.etc() + "/deep"}) {
    INFO(directory);
    std::string plain = directory;
    if (plain.ends_with('/')) plain.pop_back();
    ::chmod(directory.c_str(), 0777);
    CHECK(
        contains(problemWithSecret(site.secret()), "the directory " + plain + "; run: chmod go-w " + plain));
    ::chmod(directory.c_str(), 01777);
    CHECK(problemWithSecret(site.secret()) == "");
    ::chmod(directory.c_str(), 0700);
  }
}

TEST_CASE("links are followed: the directory that holds one counts, and the one that it leads to") {
  const Site site;
  std::filesystem::create_directories(site.path("run"));
  const std::string open = site.path("run");
  const auto isRefusedWith = [&](const std::string& path, const std::string& directory) {
    REQUIRE(problemWithSecret(path) == "");
    ::chmod(directory.c_str(), 0777);
    CHECK(contains(problemWithSecret(path), "chmod go-w " + directory));
  };
  SECTION("of the file, beside it") {
    std::filesystem::create_symlink(site.secret(), site.path("run/link"));
    isRefusedWith(site.path("run/link"), open);
  }
  SECTION("of the file, behind it") {
    std::filesystem::create_symlink(site.secret(), site.path("run/link"));
    isRefusedWith(site.path("run/link"), site.etc() + "/deep");
  }
  SECTION("of a directory with a relative target, beside it") {
    std::filesystem::create_symlink("../etc/deep", site.path("run/link"));
    isRefusedWith(site.path("run/link/secret"), open);
  }
  SECTION("of a directory with a relative target, behind it") {
    std::filesystem::create_symlink("../etc/deep", site.path("run/link"));
    isRefusedWith(site.path("run/link/secret"), site.etc());
  }
  SECTION("in a circle") {
    std::filesystem::create_symlink("link", site.path("run/link"));
    CHECK(contains(problemWithSecret(site.path("run/link")), "symbolic links"));
  }
}

TEST_CASE("a path that goes up again is judged where it really goes") {
  const Site site;
  std::filesystem::create_directories(site.path("open"));
  ::chmod(site.path("open").c_str(), 0777);
  CHECK(contains(problemWithSecret(site.path("open/../etc/deep/secret")), "chmod go-w " + site.path("open")));
}

TEST_CASE("a pipe that others can reach is not a way around the rule") {
  const Site site;
  REQUIRE(::mkfifo(site.path("fifo").c_str(), 0600) == 0);
  struct stat status {};
  REQUIRE(::stat(site.path("fifo").c_str(), &status) == 0);
  FileFacts facts = factsOf(status);
  CHECK_FALSE(problemWithFile("/f", facts, Content::secret, thisUser()));
  facts.mode = 0622;
  CHECK(problemWithFile("/f", facts, Content::secret, thisUser()));
}

TEST_CASE("the database, what lies beside it, and its directory must be closed to others") {
  const Site site;
  Config config;
  config.database = site.path("auth.db");
  const auto error = [&] { return errorOf([&] { checkDatabaseFiles(config); }); };
  CHECK(error() == "");
  for (const char* ending : {"", "-wal", "-shm", "-journal", ".lock"}) {
    CAPTURE(ending);
    const std::string path = config.database + ending;
    site.write(path, "x", 0602);
    CHECK(contains(error(), "other users may change " + path + "; run: chmod go-w " + path));
    ::chmod(path.c_str(), 0600);
    CHECK(error() == "");
  }
  ::chmod(site.path("").c_str(), 01777);
  CHECK(contains(error(), "beside yours; use a directory that only you may write to"));
  ::chmod(site.path("").c_str(), 0777);
  CHECK(contains(error(), "chmod go-w"));
  CHECK(contains(errorOf([&] { checkTargetOfBackup(site.path("copy.db")); }), "chmod go-w"));
  ::chmod(site.path("").c_str(), 0700);
  CHECK(errorOf([&] { checkTargetOfBackup(site.path("copy.db")); }) == "");
}

TEST_CASE("a database behind a link is judged with what lies beside the real file") {
  const Site site;
  Config config;
  std::filesystem::create_directory(site.path("data"));
  site.write(site.path("data/auth.db"), "x");
  config.database = site.path("link.db");
  std::filesystem::create_symlink("data/auth.db", config.database);
  CHECK(errorOf([&] { checkDatabaseFiles(config); }) == "");
  site.write(site.path("data/auth.db-wal"), "x", 0606);
  CHECK(contains(errorOf([&] { checkDatabaseFiles(config); }), "data/auth.db-wal"));
}

TEST_CASE("root believes no file, link or directory of another user") {
  if (!isRoot()) {
    SUCCEED("only root may give files away");
    return;
  }
  const Site site;
  const auto give = [](const std::string& path, uid_t to) { return ::lchown(path.c_str(), to, 0) == 0; };
  const std::string link = site.path("link");
  std::filesystem::create_symlink(site.secret(), link);
  for (const std::string& path : {site.secret(), site.etc() + "/deep", site.etc(), link}) {
    INFO(path);
    REQUIRE(give(path, stranger));
    const std::string error = problemWithSecret(path == site.secret() ? path : link);
    INFO(error);
    CHECK(contains(error, path + " belongs to the user 1001, and this runs as root"));
    CHECK(contains(error, "chown root " + path));
    REQUIRE(give(path, 0));
    CHECK(problemWithSecret(link) == "");
  }
  Config config;
  config.tlsCertificate = site.path("cert.pem");
  config.tlsPrivateKey = site.path("key.pem");
  site.write(config.tlsCertificate, "-", 0644);
  site.write(config.tlsPrivateKey, "-", 0600);
  CHECK(errorOf([&] { checkTlsFiles(config); }) == "");
  for (const std::string& path : {config.tlsCertificate, config.tlsPrivateKey}) {
    CAPTURE(path);
    REQUIRE(give(path, stranger));
    CHECK(contains(errorOf([&] { checkTlsFiles(config); }), path + " belongs to the user 1001"));
    REQUIRE(give(path, 0));
  }
}

}  // namespace glitch_protocol::web
