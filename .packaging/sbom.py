#!/usr/bin/python3
"""Prints what auth-server is made of as an SPDX 2.3 document (JSON): sbom.py VERSION COMMIT

The versions are those of the Debian packages that are installed, which is what a build here links. The document is the same
for the same commit and packages: its time is SOURCE_DATE_EPOCH, or else that of the commit.
"""
import datetime
import hashlib
import json
import os
import subprocess
import sys

# name, Debian package or fixed version, license, supplier, home, relationship. THIRD_PARTY has the notices.
COMPONENTS = [
    ("cpp-httplib", "libcpp-httplib-dev", "MIT", "Person: Yuji Hirose", "https://github.com/yhirose/cpp-httplib", "DYNAMIC_LINK"),
    ("SQLiteCpp", "libsqlitecpp-dev", "MIT", "Person: Sebastien Rombauts", "https://github.com/SRombauts/SQLiteCpp", "STATIC_LINK"),
    ("SQLite", "libsqlite3-dev", "blessing", "Organization: SQLite", "https://www.sqlite.org/", "DYNAMIC_LINK"),
    ("picojson", "picojson-dev", "BSD-2-Clause", "Person: Kazuho Oku", "https://github.com/kazuho/picojson", "CONTAINS"),
    ("OpenSSL", "libssl-dev", "Apache-2.0", "Organization: OpenSSL", "https://www.openssl.org/", "DYNAMIC_LINK"),
    ("libxcrypt", "libcrypt-dev", "LGPL-2.1-or-later", "Organization: libxcrypt", "https://github.com/besser82/libxcrypt", "DYNAMIC_LINK"),
    ("CLI11", "libcli11-dev", "BSD-3-Clause", "Organization: University of Cincinnati", "https://github.com/CLIUtils/CLI11", "CONTAINS"),
    ("zxcvbn-ts", "=4.1.3", "MIT", "Organization: zxcvbn-ts", "https://github.com/zxcvbn-ts/zxcvbn", "CONTAINS"),
    ("Catch2", "catch2", "BSL-1.0", "Organization: Catch2", "https://github.com/catchorg/Catch2", "TEST_DEPENDENCY_OF"),
]
NPM = {"zxcvbn-ts": "%40zxcvbn-ts/language-common"}


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def debian_version(package):
    """The version and the architecture, or nothing if the package is not installed."""
    fields = output("dpkg-query", "-W", "-f", "${db:Status-Abbrev}|${Version}|${Architecture}", package).split("|")
    return fields[1:] if fields[0].startswith("ii") else None


def spdx_id(name):
    return "SPDXRef-Package-" + "".join(c if c.isalnum() else "-" for c in name)


def described(name, package, license_id, supplier, home):
    entry = {"SPDXID": spdx_id(name), "name": name, "supplier": supplier, "downloadLocation": home, "homepage": home,
             "filesAnalyzed": False, "licenseConcluded": license_id, "licenseDeclared": license_id, "copyrightText": "NOASSERTION"}
    if package.startswith("="):
        version, purl = package[1:], "pkg:npm/" + NPM[name] + "@" + package[1:]
    else:
        found = debian_version(package)
        if found is None:
            return None
        version = found[0]
        purl = "pkg:deb/debian/%s@%s?arch=%s" % (package, version.replace("+", "%2B").replace(":", "%3A"), found[1])
    entry["versionInfo"] = version
    entry["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}]
    return entry


def relationship(name, kind):
    ends = ("SPDXRef-Package-auth-server", spdx_id(name))
    return {"spdxElementId": ends[1] if kind.endswith("_OF") else ends[0], "relationshipType": kind,
            "relatedSpdxElement": ends[0] if kind.endswith("_OF") else ends[1]}


def created():
    seconds = os.environ.get("SOURCE_DATE_EPOCH") or output("git", "log", "-1", "--format=%ct") or "0"
    return datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def main(version, commit):
    packages = [{
        "SPDXID": "SPDXRef-Package-auth-server", "name": "auth-server", "versionInfo": version, "supplier": "Organization: the auth-server authors",
        "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "MIT", "licenseDeclared": "MIT",
        "copyrightText": "Copyright (c) 2026 the auth-server authors", "sourceInfo": "commit " + commit, "primaryPackagePurpose": "APPLICATION",
    }]
    relationships = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-Package-auth-server"}]
    for name, package, license_id, supplier, home, kind in COMPONENTS:
        entry = described(name, package, license_id, supplier, home)
        if entry is None:
            if kind != "TEST_DEPENDENCY_OF":
                sys.exit("sbom.py: the package %s is not installed" % package)
            continue
        packages.append(entry)
        relationships.append(relationship(name, kind))
    digest = hashlib.sha256(json.dumps([version, commit, packages], sort_keys=True).encode()).hexdigest()[:32]
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "auth-server-" + version,
        "documentNamespace": "https://spdx.org/spdxdocs/auth-server-%s-%s" % (version, digest),
        "creationInfo": {"created": created(), "creators": ["Organization: the auth-server authors", "Tool: auth-server-sbom"]},
        "packages": packages, "relationships": relationships,
    }
    print(json.dumps(document, indent=2))


main(*sys.argv[1:])
