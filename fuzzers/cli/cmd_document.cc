// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// document: what the build installs beside the program, the manual and the completion. It is for
// the build, and not listed.
#include "fuzzers/cli/command_tree.h"
#include "fuzzers/cli/options.h"

namespace retort {
namespace {

struct DocumentOptions {
  std::string what;
  CLI::App* app = nullptr;
};

Result<int> document(const DocumentOptions& options, const Console& console) {
  const std::vector<CommandText> tree = command_tree(*options.app);
  console.print(options.what == "man" ? manual(tree, "retort " RETORT_VERSION)
                                      : bash_completion(tree));
  return kDone;
}

}  // namespace

void add_document(CLI::App& app, Run& run) {
  const auto options = std::make_shared<DocumentOptions>();
  options->app = &app;
  CLI::App& command = add_command(app, run, "document", "Prints the manual, or bash's completion",
                                  "retort document man", options, document);
  command.add_option("WHAT", options->what, "man or bash")
      ->required()
      ->check(known_name("document", {"man", "bash"}));
  command.group("");
}

}  // namespace retort
