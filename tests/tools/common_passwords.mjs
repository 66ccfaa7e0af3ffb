// Writes engine/passwords/common_passwords_data.cpp. Needs Node and the npm package named below, installed in another
// folder:
//
//   (cd "$(mktemp -d)" && npm install --ignore-scripts @zxcvbn-ts/language-common@4.1.3 && pwd)
//   node tests/tools/common_passwords.mjs <that directory> > engine/passwords/common_passwords_data.cpp
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [directory] = process.argv.slice(2);
if (!directory) {
  console.error("usage: node tests/tools/common_passwords.mjs <directory with node_modules>");
  process.exit(2);
}

const packageDirectory = join(directory, "node_modules/@zxcvbn-ts/language-common");
const { name, version } = JSON.parse(readFileSync(join(packageDirectory, "package.json"), "utf8"));
const ranked = JSON.parse(readFileSync(join(packageDirectory, "src/passwords.json"), "utf8"));
const licence = readFileSync(join(packageDirectory, "LICENSE.txt"), "utf8").trim();

// As the header promises: lower case, printable ASCII that needs no escaping, 8 to 20 characters, sorted.
const isListed = (word) => /^[!-~]{8,20}$/.test(word) && !/["\\]/.test(word);
const words = [...new Set(ranked.map((word) => word.toLowerCase()).filter(isListed))].sort();

const rowWidth = 100;
const rows = [];
for (const word of words) {
  const last = rows.at(-1);
  if (last !== undefined && last.length + 1 + word.length <= rowWidth) rows[rows.length - 1] = `${last} ${word}`;
  else rows.push(word);
}

console.log(`// Made by tests/tools/common_passwords.mjs; do not edit.
//
// The ${words.length} passwords of 8 characters and more in the frequency list of the npm package
// ${name} ${version}, which is under the MIT licence:
//
${licence.split("\n").map((line) => `// ${line}`.trimEnd()).join("\n")}

// clang-format off
#include "engine/passwords/common_passwords_data.h"

namespace glitch_protocol {

namespace {

constexpr std::string_view rows[] = {
${rows.map((row) => `    "${row}",`).join("\n")}
};

}  // namespace

constinit const std::span<const std::string_view> commonPasswordRows = rows;

}  // namespace glitch_protocol`);
