// The judgements about certificates and files.
#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include "engine/text/iso_time.h"
#include "web/doctor/judgement.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {
namespace {

using std::chrono::days;
using std::chrono::duration_cast;
using std::chrono::hours;

/// Working renewals happen when a third of a certificate's life is left, or a month for long ones. With less than
/// two weeks left, or a quarter of a short life, renewal does not work.
bool isNearItsEnd(const CertificateEvidence& certificate, TimePoint now) {
  const auto life = certificate.notAfter - certificate.notBefore;
  const auto left = certificate.notAfter - now;
  return left < std::min<TimePoint::duration>(days{14}, life / 4);
}

std::string untilText(TimePoint::duration left) {
  const auto whole = duration_cast<hours>(left).count();
  return whole < 48 ? std::to_string(whole) + " hours" : std::to_string(whole / 24) + " days";
}

void judgeDates(const CertificateEvidence& certificate, const std::string& name, TimePoint now,
                Check& check) {
  const std::string renew = "Renew it; auth-server with its own TLS loads the new one on SIGHUP.";
  const std::string setting = "tls_certificate";
  if (certificate.notAfter <= now) {
    check.findings.push_back({Severity::error, name + " expired on " + formatTime(certificate.notAfter) + ".",
                              "Browsers refuse to connect.", renew, setting});
  } else if (certificate.notBefore > now) {
    check.findings.push_back({Severity::error,
                              name + " is not valid before " + formatTime(certificate.notBefore) + ".",
                              "Browsers refuse to connect.", "Check the clock, or wait.", setting});
  } else if (isNearItsEnd(certificate, now)) {
    check.findings.push_back(
        {Severity::warning,
         name + " expires in " + untilText(certificate.notAfter - now) + ", on " +
             formatTime(certificate.notAfter) + ".",
         "From then on browsers refuse to connect. Automatic renewal, if there is one, has failed.", renew,
         setting});
  }
}

struct NetworkFilesystem {
  std::uint64_t type;
  std::string_view name;
};
// From statfs(2). FUSE is usually sshfs or cloud storage.
constexpr std::array networkFilesystems = std::to_array<NetworkFilesystem>({
    {0x6969, "NFS"},
    {0xFF534D42, "CIFS"},
    {0xFE534D42, "SMB"},
    {0x517B, "SMB"},
    {0x01021997, "9P"},
    {0x65735546, "FUSE"},
    {0x00C36400, "Ceph"},
    {0x5346414F, "AFS"},
    {0x73757245, "Coda"},
    {0x0BD00BD0, "Lustre"},
    {0x01161970, "GFS2"},
    {0x7461636F, "OCFS2"},
    {0x786F4256, "VirtualBox's shared folders"},
});

}  // namespace

Check judgeCertificate(const Evidence& evidence) {
  Check check{"certificate"};
  if (const auto& served = evidence.server.certificate) {
    if (!served->distrust.empty())
      check.findings.push_back({Severity::error,
                                "Clients do not trust the certificate: " + served->distrust + ".",
                                "Browsers warn, and programs refuse to connect.",
                                "Use a certificate for this name from an authority that clients know, with "
                                "the whole chain. (For an "
                                "authority of your own: SSL_CERT_FILE=ca.pem auth-server doctor ...)",
                                "tls_certificate"});
    judgeDates(*served, "The certificate", evidence.now, check);
  }
  // Usually the same certificate: one finding is enough.
  if (evidence.host && evidence.host->certificateFile && check.findings.empty())
    judgeDates(*evidence.host->certificateFile, "The certificate in tls_certificate", evidence.now, check);
  return check;
}

Check judgeFiles(const Evidence& evidence) {
  Check check{"files"};
  if (!evidence.host) {
    check.notChecked = "run the doctor on the server's own machine, with its --config, to check files";
    return check;
  }
  for (const std::string& sentence : evidence.host->exposedFiles) {
    check.findings.push_back(
        {Severity::error, sentence, "Whoever has the secret can sign in as anybody.",
         "Make it private to the user that the server runs as. If others may have read it, "
         "replace the secret too.",
         "jwt_secret_file"});
  }
  const auto found =
      std::ranges::find(networkFilesystems, evidence.host->filesystem, &NetworkFilesystem::type);
  if (found != networkFilesystems.end()) {
    check.findings.push_back(
        {Severity::error,
         "The database is in " + evidence.host->databaseDirectory + ", on a network filesystem (" +
             std::string(found->name) + ").",
         "SQLite's locks and shared memory do not work there: the database can be damaged.",
         "Keep it on a local disk, and copy it with auth-server backup.", "database"});
  }
  return check;
}

}  // namespace glitch_protocol::web
