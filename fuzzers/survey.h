// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A survey of real modules: every module of one kernel is distilled, and relocated onto its own
// kernel and onto another one, by the reference and by each version of libbpf, on kernels that each
// side reads once. Other oracles may be asked to relocate onto the other kernel. It counts where
// the two say the same, and whether relocating onto the own kernel gives back the type graph that
// the module had.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "oracles/oracle.h"
#include "oracles/pair.h"
#include "relocator/btf.h"
#include "relocator/error.h"
#include "relocator/index.h"

struct libbpf_ops;

namespace retort {

/// What an oracle and the reference said of one step on many modules.
struct StepCount {
  std::size_t asked = 0;
  std::size_t accepted = 0;  ///< by the reference
  std::size_t same_verdict = 0;
  std::size_t same_canonical = 0;  ///< of those that both accepted
  std::size_t same_bytes = 0;      ///< of those that both accepted
};

struct OracleSurvey {
  std::string oracle;  ///< "libbpf-6.12"
  std::string version;
  StepCount distill;
  StepCount own;                       ///< relocation onto the kernel that the module was built for
  StepCount other;                     ///< relocation onto the other kernel
  std::vector<std::string> differing;  ///< "MODULE: STEP" where the two do not say the same
};

struct Survey {
  std::size_t modules = 0;
  std::size_t round_trips = 0;  ///< modules that the reference relocates onto their own kernel
  std::size_t same_graph = 0;   ///< of these, those whose type graph came back
  std::vector<std::string> changed_graphs;  ///< "MODULE: type A became type B"
  std::vector<OracleSurvey> oracles;
};

/// Adds module after module; the kernels' bytes are borrowed and must outlive it.
class Surveyor {
 public:
  /// `further` oracles are asked to relocate onto the other kernel, each module as a pair.
  static std::expected<std::unique_ptr<Surveyor>, btf::Error> open(
      btf::Bytes own, btf::Bytes other, std::span<const Oracle* const> further = {});
  Surveyor(const Surveyor&) = delete;
  Surveyor& operator=(const Surveyor&) = delete;
  ~Surveyor();

  void add(const std::string& name, btf::Bytes module);
  [[nodiscard]] const Survey& result() const { return survey_; }

 private:
  class LibbpfSide;
  struct Steps;
  Surveyor(btf::BtfPtr own, btf::BtfPtr other);
  Steps ask_reference(btf::Bytes module) const;
  void ask_further(const std::string& name, const Steps& reference);
  void check_round_trip(const std::string& name, btf::Bytes module, const Steps& steps);

  btf::BtfPtr own_, other_;
  btf::NameIndex own_index_, other_index_;
  std::vector<std::unique_ptr<LibbpfSide>> sides_;
  std::vector<const Oracle*> further_;  ///< what they said stands after the sides' in the survey
  Pair onto_other_;                     ///< the pair that they are asked about
  Survey survey_;
};

}  // namespace retort
