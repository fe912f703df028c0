// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/findings.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <vector>

#include "oracles/entries.h"
#include "oracles/reach.h"
#include "oracles/releases.h"
#include "relocator/text.h"

namespace retort {
namespace {

constexpr std::uint32_t kDumpedTypes = 12;
constexpr std::size_t kDumpedLines = 24;
constexpr std::size_t kDumpedName = 60;

struct Finding {
  const Entry* entry = nullptr;
  const Pair* pair = nullptr;
  ReachJudgement reach;
};

std::vector<Finding> all_findings(const std::map<std::string, Pair>& pairs) {
  std::vector<Finding> findings;
  for (const Entry& entry : entries()) {
    const auto pair = pairs.find(entry.name);
    if (pair == pairs.end()) continue;
    findings.push_back({.entry = &entry, .pair = &pair->second, .reach = reach_of(pair->second)});
  }
  std::ranges::sort(findings, {}, [](const Finding& finding) {
    // Entries lie in the order of the table.
    return std::tuple(finding.reach.reach, finding.entry->severity, finding.entry);
  });
  return findings;
}

// What does nothing bad is a choice, whether or not it is made by a rule.
bool is_choice(const Finding& finding) {
  return finding.entry->sort == Sort::rule || finding.entry->severity == Severity::none;
}
bool is_misuse(const Finding& finding) {
  return !is_choice(finding) && finding.reach.reach == Reach::misuse;
}
bool is_defect(const Finding& finding) {
  return !is_choice(finding) && !is_misuse(finding);
}

// ---- dumps ----

std::string shortened(std::string line) {
  if (line.size() <= 2 * kDumpedName) return line;
  return line.substr(0, 2 * kDumpedName) + " ...";
}

std::string dump_of_layer(const btf::Btf& layer) {
  std::string text;
  const std::uint32_t types = layer.end_id() - layer.start_id();
  for (std::uint32_t index = 0; index < std::min(types, kDumpedTypes); ++index)
    text += "  " + shortened(btf::to_text(layer, layer.type(layer.start_id() + index))) + "\n";
  if (types > kDumpedTypes) text += "  and " + std::to_string(types - kDumpedTypes) + " more\n";
  return text;
}

// Reads the parts one after the other, the splits on what lies below.
class Dump {
 public:
  explicit Dump(const Pair& pair) : pair_(pair) {}

  std::string text() {
    for (const Part& part : pair_.parts) add(part);
    return text_;
  }

 private:
  void add(const Part& part) {
    if (part.tag == kProgram) return add_program(part);
    const bool is_split = part.tag == kSplit;
    text_ += part.tag + (is_split ? " on what is below" : "") + ", " +
             std::to_string(part.bytes.size()) + " bytes";
    const btf::BtfPtr layer = read(part, is_split ? below() : nullptr);
    if (layer && layer->byte_order() != std::endian::native) text_ += ", foreign byte order";
    text_ += layer ? "\n" + dump_of_layer(*layer) : ", no types that can be walked\n";
    if (is_split || part.tag == lowest()) top_ = layer;
  }

  void add_program(const Part& part) {
    std::string_view rest(reinterpret_cast<const char*>(part.bytes.data()), part.bytes.size());
    text_ += "PROG\n";
    for (std::size_t line = 0; !rest.empty() && line < kDumpedLines; ++line) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      text_ += "  " + shortened(std::string(rest.substr(0, end))) + "\n";
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const auto lines = std::ranges::count(rest, '\n');
    if (!rest.empty()) text_ += "  and " + std::to_string(std::max<long>(lines, 1)) + " more\n";
  }

  [[nodiscard]] std::string_view lowest() const {
    return pair_.find(kDistilled) != nullptr ? kDistilled : kBase;
  }

  btf::BtfPtr below() {
    if (!top_)
      if (const auto* bytes = pair_.find(lowest()))
        if (auto parsed = btf::Btf::parse(*bytes, {.borrow = true})) top_ = *parsed;
    return top_;
  }

  static btf::BtfPtr read(const Part& part, btf::BtfPtr base) {
    auto parsed = btf::Btf::parse(part.bytes, {.base = std::move(base), .borrow = true});
    return parsed ? *parsed : nullptr;
  }

  const Pair& pair_;
  btf::BtfPtr top_;
  std::string text_;
};

// ---- the page ----

std::string code(std::string_view text) {
  return "`" + std::string(text) + "`";
}

std::string oracles_of(const Entry& entry) {
  const std::string oracles = documented_oracles(entry);
  return oracles.empty() ? "none that is described" : oracles;
}

std::string sentence_of(const Entry& entry) {
  std::string sentence = entry.sentence;
  sentence[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(sentence[0])));
  return sentence + ".";
}

// As renderers of Markdown make it from a headline.
std::string anchor_of(std::string name) {
  std::erase(name, ':');
  return "#" + name;
}

std::string table_of(const std::vector<Finding>& findings, bool (*belongs)(const Finding&)) {
  std::string text =
      "| finding | reach | severity | operation | oracles |\n|---|---|---|---|---|\n";
  for (const Finding& finding : findings) {
    if (!belongs(finding)) continue;
    const Entry& entry = *finding.entry;
    text += "| [" + entry.name + "](" + anchor_of(entry.name) + ") | " +
            std::string(reach_name(finding.reach.reach)) + " | " +
            std::string(severity_name(entry.severity)) + " | " + std::string(op_name(entry.op)) +
            " | " + oracles_of(entry) + " |\n";
  }
  return text;
}

std::string section_of(const Finding& finding) {
  const Entry& entry = *finding.entry;
  std::string text = "\n### " + entry.name + "\n\n" + sentence_of(entry) + "\n\n";
  if (!is_choice(finding))
    text += "- severity: " + std::string(severity_name(entry.severity)) + " (" +
            std::string(sort_name(entry.sort)) + ")\n";
  text += "- reach: " + std::string(reach_name(finding.reach.reach));
  if (!finding.reach.why.empty()) text += ": " + finding.reach.why;
  text += "\n- oracles: " + oracles_of(entry) + "\n";
  if (!entry.upstream.empty()) text += "- upstream: " + std::string(entry.upstream) + "\n";
  text += "- shown by " + code(op_name(entry.op)) + " on " +
          code("corpus/regressions/" + entry.pair_file()) + ":\n\n```\n" + dump_of(*finding.pair) +
          "```\n";
  return text;
}

std::string sections_of(const std::vector<Finding>& findings, bool (*belongs)(const Finding&)) {
  std::string text;
  for (const Finding& finding : findings)
    if (belongs(finding)) text += section_of(finding);
  return text;
}

std::string introduction() {
  std::string text =
      "# Findings\n\n"
      "Written by `retort-findings` from the table of entries (oracles/entries.cc) and its "
      "regression pairs; a test compares. Which\n"
      "of them hold for the sources at hand, exactly as they were built, `retort rules` tells.\n\n"
      "Reach is determined from the pair:\n";
  for (const Reach reach : kReaches)
    text +=
        "- " + std::string(reach_name(reach)) + ": " + std::string(reach_sentence(reach)) + "\n";
  return text;
}

}  // namespace

std::string dump_of(const Pair& pair) {
  return Dump(pair).text();
}

std::string findings_page(const std::map<std::string, Pair>& pairs) {
  const std::vector<Finding> findings = all_findings(pairs);
  std::string text = introduction();
  text += "\n## Defects\n\nBy reach, then by severity.\n\n" + table_of(findings, is_defect) +
          sections_of(findings, is_defect);
  if (std::ranges::any_of(findings, is_misuse))
    text += "\n## Misuse\n\nNo defects: a documented precondition is broken.\n" +
            sections_of(findings, is_misuse);
  text +=
      "\n## Choices of design\n\nNo defects: rules and checks on which implementations differ, or "
      "could.\n" +
      sections_of(findings, is_choice);
  return text;
}

}  // namespace retort
