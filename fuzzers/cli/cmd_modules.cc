// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// modules: for a distribution, which modules relocate onto which kernels. Each kernel is opened and
// indexed once for each policy, each module read once.
#include <fmt/format.h>

#include <algorithm>
#include <list>

#include "fuzzers/cli/input.h"
#include "fuzzers/cli/module_files.h"
#include "fuzzers/cli/module_report.h"
#include "fuzzers/cli/options.h"
#include "fuzzers/fit.h"

namespace retort {
namespace {

struct ModulesOptions {
  std::vector<std::string> paths;
  std::vector<std::string> targets;
  std::string base;
  std::vector<std::string> policies = {"agreed"};
  bool json = false;
  bool junit = false;
};

// The kernels under one policy.
struct Kernels {
  const btf::Policy* policy;
  const Kernel* base = nullptr;
  std::vector<const Kernel*> targets;
};

// Keeps what the kernels borrow; a kernel that is base and target is opened once.
class KernelStore {
 public:
  Result<const Kernel*> open(const std::string& path, const btf::Policy& policy) {
    for (const Opened& known : opened_)
      if (known.path == path && known.policy == &policy) return &known.kernel;
    const Result<const BtfFile*> file = read(path);
    if (!file) return std::unexpected(file.error());
    auto kernel = Kernel::open((*file)->btf, policy);
    if (!kernel)
      return rejected(
          fmt::format("{}: under {}: {}.", path, policy.name, btf::sentence(kernel.error())));
    opened_.push_back({path, &policy, std::move(*kernel)});
    return &opened_.back().kernel;
  }

 private:
  struct Opened {
    std::string path;
    const btf::Policy* policy;
    Kernel kernel;
  };

  Result<const BtfFile*> read(const std::string& path) {
    for (const BtfFile& known : files_)
      if (known.path == path) return &known;
    Result<BtfFile> file = read_btf(path);
    if (!file) return std::unexpected(file.error());
    files_.push_back(std::move(*file));
    return &files_.back();
  }

  // Lists, since what is in them is pointed to.
  std::list<BtfFile> files_;
  std::list<Opened> opened_;
};

class Survey {
 public:
  Survey(const ModulesOptions& options, const Console& console)
      : options_(options), console_(console) {}

  Result<int> run() {
    const Result<std::vector<ModuleFile>> modules = find_modules(options_.paths);
    if (!modules) return std::unexpected(modules.error());
    if (auto opened = open_kernels(); !opened) return std::unexpected(opened.error());
    Progress progress(console_, "modules", modules->size());
    for (const ModuleFile& module : *modules) {
      if (auto added = add(module); !added) return std::unexpected(added.error());
      progress.step();
    }
    print();
    if (unreadable_ != 0) return kUnreadable;
    return report_.all_fit() ? kDone : kRejected;
  }

 private:
  Result<void> open_kernels() {
    report_.base = options_.base;
    for (const std::string& name : options_.policies) {
      Kernels kernels{.policy = &policy_called(name), .base = nullptr, .targets = {}};
      if (!options_.base.empty()) {
        const auto base = store_.open(options_.base, *kernels.policy);
        if (!base) return std::unexpected(base.error());
        kernels.base = *base;
      }
      for (const std::string& path : options_.targets) {
        const auto target = store_.open(path, *kernels.policy);
        if (!target) return std::unexpected(target.error());
        kernels.targets.push_back(*target);
        report_.columns.push_back({.target = path, .policy = name, .count = {}});
      }
      kernels_.push_back(std::move(kernels));
    }
    return {};
  }

  // One file that cannot be read does not end a survey of thousands; a missing --base does.
  Result<void> add(const ModuleFile& module) {
    const Result<BtfFile> file = read_module(module);
    if (!file) {
      console_.error(file.error().sentence);
      ++unreadable_;
      return {};
    }
    if (file->btf.empty()) {
      console_.note(fmt::format("{}: it has no BTF, so nothing to relocate.", module.path));
      report_.without_btf.push_back(module.path);
      return {};
    }
    if (file->distilled_base.empty() && options_.base.empty())
      return unreadable(fmt::format(
          "{}: it carries no .BTF.base, so name the kernel that it was built for with --base.",
          module.path));
    report_.add({.module = module.name, .path = module.path, .fits = try_all(*file)});
    return {};
  }

  std::vector<Fit> try_all(const BtfFile& file) {
    std::vector<Fit> fits;
    for (const Kernels& kernels : kernels_) {
      const Module module =
          file.distilled_base.empty()
              ? Module::on_kernel(*kernels.base, file.btf, *kernels.policy)
              : Module::on_distilled(file.distilled_base, file.btf, *kernels.policy);
      for (const Kernel* target : kernels.targets) fits.push_back(module.try_on(*target));
    }
    return fits;
  }

  void print() const {
    if (options_.json)
      console_.print(report_json(report_));
    else if (options_.junit)
      console_.print(report_junit(report_));
    else
      console_.print(report_text(report_, console_));
  }

  const ModulesOptions& options_;
  const Console& console_;
  KernelStore store_;
  std::vector<Kernels> kernels_;
  ModuleReport report_;
  std::size_t unreadable_ = 0;
};

Result<int> survey_modules(const ModulesOptions& options, const Console& console) {
  return Survey(options, console).run();
}

}  // namespace

void add_modules(CLI::App& app, Run& run) {
  const auto options = std::make_shared<ModulesOptions>();
  CLI::App& command = add_command(
      app, run, "modules", "Shows which modules relocate onto which kernels",
      "retort modules /lib/modules/6.12.100 --base vmlinux.100 --onto vmlinux.117 --json", options,
      survey_modules);
  command.add_option("MODULES", options->paths, "Modules, or folders of them")->required();
  command.add_option("--onto", options->targets, "The kernels to relocate onto")
      ->type_name("VMLINUX...")
      ->required();
  command
      .add_option("--base", options->base,
                  "The kernel that modules without .BTF.base were built for")
      ->type_name("VMLINUX");
  command.add_option("--policy", options->policies, "The rules and checks to follow, by comma")
      ->type_name("POLICY")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(known_name("policy", policy_names()))
      ->capture_default_str();
  CLI::Option* json = command.add_flag("--json", options->json, "As one JSON object");
  command.add_flag("--junit", options->junit, "As JUnit's XML")->excludes(json);
}

}  // namespace retort
