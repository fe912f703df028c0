// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// dump: prints every type of a file, those of its base left out.
#include "fuzzers/cli/layers.h"
#include "fuzzers/cli/options.h"
#include "fuzzers/cli/type_json.h"
#include "relocator/text.h"

namespace retort {
namespace {

struct DumpOptions {
  std::string file;
  std::vector<std::string> bases;
  std::string format = "text";
};

// Type by type: the JSON of a whole kernel would fill gigabytes.
void print_json(const Console& console, const btf::Btf& layer) {
  console.print("{\"types\":[");
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) {
    console.print(id == layer.start_id() ? "\n" : ",\n");
    console.print(type_json(layer, layer.type(id)).dump());
  }
  console.print("\n]}\n");
}

void print_text(const Console& console, const btf::Btf& layer) {
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id)
    console.print(btf::to_text(layer, layer.type(id)) + "\n");
}

Result<int> dump(const DumpOptions& options, const Console& console) {
  const Result<FileLayers> layers = read_layers(options.file, options.bases, console);
  if (!layers) return std::unexpected(layers.error());
  const Opened top = parse_layers(*layers);
  if (!top) return rejected_in(*layers, top.error());
  if (options.format == "json")
    print_json(console, **top);
  else
    print_text(console, **top);
  return kDone;
}

}  // namespace

void add_dump(CLI::App& app, Run& run) {
  const auto options = std::make_shared<DumpOptions>();
  CLI::App& command =
      add_command(app, run, "dump", "Prints every type, one a line",
                  "retort dump ext4.ko --base vmlinux --format json", options, dump);
  command.add_option("FILE", options->file, "Raw BTF, or an ELF file that holds some")->required();
  add_bases(command, options->bases);
  command.add_option("--format", options->format, "text or json")
      ->type_name("FORMAT")
      ->check(known_name("format", {"text", "json"}))
      ->capture_default_str();
}

}  // namespace retort
