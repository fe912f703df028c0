// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The subtest, as upstream's selftests write them: parts are built by btf__add_*() where that makes
// exactly these types, else they are given as bytes; results are compared with VALIDATE_RAW_BTF().
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "fuzzers/export.h"
#include "fuzzers/export_calls.h"
#include "fuzzers/export_parts.h"
#include "oracles/model.h"
#include "oracles/names.h"
#include "relocator/check.h"
#include "relocator/index.h"

namespace retort {
namespace {

// Results with more types are only counted.
constexpr std::uint32_t kValidatedTypes = 200;

// "EINVAL", as a test would write it.
std::string errno_name(int code) {
  const char* name = strerrorname_np(code);
  return name != nullptr ? name : std::to_string(code);
}

class Subtest {
 public:
  explicit Subtest(const ExportInput& input)
      : input_(input), parts_(parts_in_order(input.pair, input.op)) {}

  std::string text() {
    std::string body;
    bool opened = true;
    for (const CPart& part : parts_) {
      opened = opened && !is_refused_at(part);
      body += open(part, opened);
      if (!opened) break;
    }
    if (opened) body += operate();
    return head() + arrays_ + function(body);
  }

 private:
  // ---- the parts ----

  // The part at which the reference refuses the pair before any operation begins.
  bool is_refused_at(const CPart& part) const {
    const bool refused = input_.expected.outcome == Outcome::rejected;
    return refused && !is_refused_later() && stage_name(input_.expected.stage) == part.tag &&
           &part == &refused_part();
  }

  bool is_refused_later() const {
    const Stage stage = input_.expected.stage;
    if (stage == Stage::distill || stage == Stage::relocate || stage == Stage::find) return true;
    // What a round trip has distilled is read again.
    return input_.op == Op::roundtrip && stage != Stage::base && stage != Stage::target &&
           reads_whole_stack();
  }

  bool reads_whole_stack() const {
    const Answer stack = answer_under(btf::agreed_policy(), Op::distill, input_.pair);
    return stack.outcome == Outcome::accepted || stack.stage == Stage::distill;
  }

  // Of several layers with the tag it is the first that the reference does not take.
  const CPart& refused_part() const {
    const auto tagged = [&](const CPart& part) {
      return part.tag == stage_name(input_.expected.stage);
    };
    const CPart* last = nullptr;
    for (const CPart& part : parts_) {
      if (!tagged(part)) continue;
      last = &part;
      if (!part.read || btf::first_unmet(*part.read, btf::agreed_policy().checks)) break;
    }
    return *last;
  }

  std::string open(const CPart& part, bool accepted) {
    variables_.push_back(part.variable);
    const std::string below = part.on.empty() ? "NULL" : part.on;
    const auto calls = accepted ? building_calls(part) : std::nullopt;
    if (calls) {
      const std::string empty =
          part.on.empty() ? "btf__new_empty()" : fmt::format("btf__new_empty_split({})", part.on);
      return fmt::format(
          "\t{0} = {1};\n\tif (!ASSERT_OK_PTR({0}, \"{0}\"))\n\t\tgoto cleanup;\n{2}\n",
          part.variable, empty, *calls);
    }
    arrays_ += c_array(part) + "\n";
    const std::string parse =
        fmt::format("\t{0} = btf__new_split({0}_raw, {0}_len, {1});\n", part.variable, below);
    if (accepted)
      return parse + fmt::format("\tif (!ASSERT_OK_PTR({0}, \"{0}\"))\n\t\tgoto cleanup;\n\n",
                                 part.variable);
    return parse + fmt::format(
                       "\tif (!ASSERT_ERR_PTR({0}, \"{0}\"))\n\t\tgoto cleanup;\n"
                       "\tASSERT_EQ(errno, {1}, \"errno\");\n\t{0} = NULL;\n\n",
                       part.variable, errno_name(input_.expected.code));
  }

  // ---- the operation ----

  std::string operate() {
    switch (input_.op) {
      case Op::check:
        return validate(parts_.back().variable, parts_.back().read);
      case Op::find:
        return find();
      case Op::distill:
        return distill(input_.expected);
      case Op::relocate:
        return relocate(top_part(parts_).variable, "target", input_.pair.find(kTarget));
      case Op::roundtrip:
        return roundtrip();
      default:
        return "";
    }
  }

  std::string find() {
    const CPart& top = top_part(parts_);
    const btf::NameIndex index(*top.read);
    std::string text;
    for (const auto& [name, kind] : names_to_find(*top.read)) {
      const auto any = index.find(name, std::nullopt);
      const std::string literal = c_literal(name, "\t\t");
      text += fmt::format("\tASSERT_EQ(btf__find_by_name({}, {}), {}, \"find\");\n", top.variable,
                          literal, any ? std::to_string(*any) : "-ENOENT");
      const auto exact = index.find(name, kind);
      text += fmt::format("\tASSERT_EQ(btf__find_by_name_kind({}, {}, {}), {}, \"find_kind\");\n",
                          top.variable, literal, static_cast<unsigned>(kind),
                          exact ? std::to_string(*exact) : "-ENOENT");
    }
    return text;
  }

  std::string distill(const Answer& expected) {
    variables_.insert(variables_.end(), {"new_base", "new_split"});
    const std::string call =
        fmt::format("btf__distill_base({}, &new_base, &new_split)", top_part(parts_).variable);
    if (expected.outcome == Outcome::rejected && expected.stage == Stage::distill)
      return fmt::format("\tASSERT_EQ({}, -{}, \"distill\");\n", call, errno_name(expected.code));
    std::string text = fmt::format("\tif (!ASSERT_OK({}, \"distill\"))\n\t\tgoto cleanup;\n", call);
    const auto base = btf::Btf::parse(expected.base_bytes, {.borrow = true});
    if (!base) return text;
    const auto split = btf::Btf::parse(expected.bytes, {.base = *base, .borrow = true});
    return text + (split ? validate("new_split", *split) : "");
  }

  std::string relocate(std::string_view split, std::string_view target,
                       const std::vector<std::byte>* target_bytes) {
    const Answer& expected = input_.expected;
    const std::string call = fmt::format("btf__relocate({}, {})", split, target);
    if (expected.outcome == Outcome::rejected)
      return fmt::format("\tASSERT_EQ({}, -{}, \"relocate\");\n", call, errno_name(expected.code)) +
             unchanged();
    std::string text =
        fmt::format("\tif (!ASSERT_OK({}, \"relocate\"))\n\t\tgoto cleanup;\n", call);
    const auto base = btf::Btf::parse(*target_bytes, {.borrow = true});
    if (!base) return text;
    const auto result = btf::Btf::parse(expected.bytes, {.base = *base, .borrow = true});
    return text + (result ? validate(split, *result) : "");
  }

  // A call that fails leaves its input as it was.
  std::string unchanged() const {
    const CPart& top = top_part(parts_);
    return input_.op == Op::relocate && top.read ? validate(top.variable, top.read) : "";
  }

  std::string roundtrip() {
    if (input_.expected.outcome == Outcome::rejected && input_.expected.stage == Stage::distill)
      return distill(input_.expected);
    const std::string text = distill(answer_under(btf::agreed_policy(), Op::distill, input_.pair));
    const bool has_target = input_.pair.find(kTarget) != nullptr;
    return text + "\n" +
           relocate("new_split", has_target ? "target" : "base",
                    input_.pair.find(has_target ? kTarget : kBase));
  }

  // All types of a stack, as VALIDATE_RAW_BTF() takes them.
  static std::string validate(std::string_view variable, const btf::BtfPtr& top) {
    const std::uint32_t end = top->end_id();
    if (end == 1 || end > kValidatedTypes)
      return fmt::format("\tASSERT_EQ(btf__type_cnt({}), {}, \"type_cnt\");\n", variable, end);
    std::string text = fmt::format("\tVALIDATE_RAW_BTF(\n\t\t{}", variable);
    for (std::uint32_t id = 1; id < end; ++id)
      text += ",\n\t\t" + c_literal(selftest_dump(*top, top->type(id)), "\t\t");
    return text + ");\n";
  }

  // ---- around it ----

  std::string head() const {
    std::string text =
        "// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause\n"
        "#include <test_progs.h>\n#include <bpf/btf.h>\n#include \"btf_helpers.h\"\n\n/* ";
    text += for_comment(input_.name);
    for (const std::string& line : explanation_lines(input_)) text += "\n * " + for_comment(line);
    return text + "\n */\n";
  }

  std::string function(const std::string& body) const {
    const std::string name = c_identifier(input_.name);
    std::string text = fmt::format("static void test_{}(void)\n{{\n", name);
    for (const std::string& variable : variables_)
      text += fmt::format("\tstruct btf *{} = NULL;\n", variable);
    text += "\n" + body + "\ncleanup:\n";
    for (auto variable = variables_.rbegin(); variable != variables_.rend(); ++variable)
      text += fmt::format("\tbtf__free({});\n", *variable);
    return text + fmt::format(
                      "}}\n\nvoid test_btf_{0}(void)\n{{\n\tif (test__start_subtest(\"{0}\"))\n"
                      "\t\ttest_{0}();\n}}\n",
                      name);
  }

  const ExportInput& input_;
  std::vector<CPart> parts_;
  std::vector<std::string> variables_;
  std::string arrays_;
};

}  // namespace

Exported export_selftest(const ExportInput& input) {
  if (is_property_op(input.op) || input.op == Op::dedup)
    return std::unexpected(
        fmt::format("the operation {} has no form as a selftest", op_name(input.op)));
  return Subtest(input).text();
}

}  // namespace retort
