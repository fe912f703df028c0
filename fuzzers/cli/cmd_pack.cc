// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// pack and unpack: pair files from parts, and parts from pair files.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "fuzzers/cli/elf_file.h"
#include "fuzzers/cli/input.h"
#include "fuzzers/cli/options.h"
#include "fuzzers/cli/output.h"
#include "fuzzers/export.h"

namespace retort {
namespace {

struct PackOptions {
  std::string out;
  std::vector<std::string> parts;
};

struct UnpackOptions {
  std::string pair;
  std::string folder;
};

bool is_btf_tag(std::string_view tag) {
  return tag == kBase || tag == kSplit || tag == kDistilled || tag == kTarget || tag == kExt;
}

// An ELF file gives the section that the tag stands for; anything else goes in as it is, damaged
// BTF above all.
Result<FileBytes> part_bytes(std::string_view tag, const std::string& path) {
  Result<FileBytes> content = read_file(path);
  if (!content || !is_btf_tag(tag) || !looks_like_elf(*content)) return content;
  Result<BtfFile> file = read_btf(path);
  if (!file) return std::unexpected(file.error());
  if (tag == kDistilled && file->distilled_base.empty())
    return unreadable(fmt::format("{}: this ELF file has no .BTF.base section.", path));
  if (tag == kExt && file->ext.empty())
    return unreadable(fmt::format("{}: this ELF file has no .BTF.ext section.", path));
  if (tag == kDistilled) return std::move(file->distilled_base);
  if (tag == kExt) return std::move(file->ext);
  return std::move(file->btf);
}

bool is_tag(std::string_view tag) {
  return tag.size() == 4 && std::ranges::all_of(tag, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

Result<Part> read_part(const std::string& argument) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos) return unreadable(fmt::format("'{}' is no TAG=FILE.", argument));
  const std::string tag = argument.substr(0, equals);
  if (!is_tag(tag))
    return unreadable(
        fmt::format("the tag '{}' in '{}' is not four capital letters or digits.", tag, argument));
  Result<FileBytes> bytes = part_bytes(tag, argument.substr(equals + 1));
  if (!bytes) return std::unexpected(bytes.error());
  return Part{tag, std::move(*bytes)};
}

Result<int> pack(const PackOptions& options, const Console& console) {
  Pair pair;
  std::set<std::string> seen;
  for (const std::string& argument : options.parts) {
    Result<Part> part = read_part(argument);
    if (!part) return std::unexpected(part.error());
    if (!seen.insert(part->tag).second && part->tag != kSplit)
      return unreadable(fmt::format("the tag {} is given twice; only SPLT may be.", part->tag));
    pair.parts.push_back(std::move(*part));
  }
  const std::vector<std::byte> file = serialize(pair);
  if (auto written = write_files({{options.out, file}}); !written)
    return std::unexpected(written.error());
  console.note(fmt::format("{} parts, {} bytes.", pair.parts.size(), file.size()));
  return kDone;
}

Result<int> unpack(const UnpackOptions& options, const Console& console) {
  const Result<Pair> pair = read_pair(options.pair);
  if (!pair) return std::unexpected(pair.error());
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  if (error)
    return unreadable(
        fmt::format("{}: cannot be made a folder: {}.", options.folder, error.message()));
  std::vector<Output> outputs;
  for (const NamedPart& named : named_parts(*pair)) {
    if (!named.is_known)
      console.note(
          fmt::format("the tag {} is unknown; it goes to {}.", named.part->tag, named.file));
    outputs.push_back(
        {(std::filesystem::path(options.folder) / named.file).string(), named.part->bytes});
  }
  if (auto written = write_files(outputs); !written) return std::unexpected(written.error());
  for (const Output& output : outputs) console.print(output.path + "\n");
  return kDone;
}

}  // namespace

void add_pack(CLI::App& app, Run& run) {
  const auto packing = std::make_shared<PackOptions>();
  CLI::App& pack_command = add_command(
      app, run, "pack", "Makes a pair file of parts",
      "retort pack ext4.pair BASE=vmlinux SPLT=ext4.ko TRGT=vmlinux.new", packing, pack);
  pack_command.add_option("OUT", packing->out, "The pair file")->required();
  pack_command
      .add_option(
          "PARTS", packing->parts,
          "TAG=FILE; the tags are BASE, SPLT (again for each layer), DIST, TRGT, BEXT, PROG")
      ->required();

  const auto unpacking = std::make_shared<UnpackOptions>();
  CLI::App& unpack_command = add_command(app, run, "unpack", "Writes the parts of a pair file",
                                         "retort unpack ext4.pair parts/", unpacking, unpack);
  unpack_command.add_option("PAIR", unpacking->pair, "The pair file")->required();
  unpack_command.add_option("DIR", unpacking->folder, "Where the parts go")->required();
}

}  // namespace retort
