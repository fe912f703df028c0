// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/export_program.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "fuzzers/export_program_support.h"
#include "oracles/properties/interpreter.h"
#include "oracles/properties/program.h"
#include "oracles/properties/sequence.h"

namespace retort {
namespace {

constexpr std::size_t kLongestComment = 100;

std::string quoted(std::string_view text) {
  static constexpr std::string_view digits = "01234567";
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code < 0x7f && c != '"' && c != '\\' && c != '?')
      out += c;
    else
      out += {'\\', digits[code >> 6], digits[code >> 3 & 7], digits[code & 7]};
  }
  return out + '"';
}

class Writer {
 public:
  Writer(const Pair& pair, CRuns runs) : pair_(pair), runs_(runs) {}

  std::string write() {
    const Program program = parse_program(program_text(*pair_.find(kProgram)));
    const ProgramRun run = run_program(version_reading(btf::Dialect::narrow), btf::Dialect::narrow,
                                       pair_, program, {.avoid_hazards = true});
    for (std::size_t call = 0; call < program.size(); ++call)
      if (call >= run.steps.size() || !run.steps[call].misused) write_call(program[call], call + 1);
    std::string text(kProgramSupport);
    text += runs_ == CRuns::compared ? kComparedSupport : kFailingSupport;
    text += kObjects;
    if (std::ranges::find(program, Verb::permute, &Call::verb) != program.end()) text += kPermute;
    if (runs_ == CRuns::compared) text += kLook;
    text += "static long run_calls(long *results)\n{\n\tlong calls = 0;\n";
    for (const std::string& slot : slots_) text += "\tstruct object " + slot + "_object = {0};\n";
    text += "\n";
    for (const std::string& slot : slots_) text += "\t(void)" + slot + "_object;\n";
    text += body_ + "\tfree_all();\n\treturn calls;\n}\n\n";
    text += "#define CALLS " + std::to_string(program.size() + 1) + "\n\n";
    return text + std::string(runs_ == CRuns::compared ? kRunCompared : kRunFailing);
  }

 private:
  std::string slot(const Argument& argument) const { return *argument.text + "_object"; }

  std::string type(const Argument& argument, const std::string& object) const {
    static constexpr std::string_view functions[] = {"", "all_of", "own_of", "new_of", "beyond"};
    if (argument.type.sort == TypeRef::Sort::void_) return "0";
    return std::string(functions[static_cast<std::size_t>(argument.type.sort)]) + "(&" + object +
           ", " + std::to_string(argument.type.rank) + "u)";
  }

  void line(const std::string& text) { body_ += text.empty() ? "\n" : "\t\t" + text + "\n"; }

  void write_call(const Call& call, std::size_t number) {
    for (const Argument& argument : slots_of(call))
      if (!slots_.contains(*argument.text)) return;
    const std::string nth = std::to_string(number);
    body_ += "\t/* " + nth + ": " + comment(call) + " */\n";
    std::string ready;
    for (const Argument& argument : slots_of(call))
      ready += (ready.empty() ? "" : " && ") + slot(argument) + ".btf";
    body_ += ready.empty() ? "\t{\n" : "\tif (" + ready + ") {\n";
    if (makes_object(call.verb))
      make_objects(call, nth);
    else
      change(call, nth);
    body_ += "\t}\n\tresults[calls++] = result;\n\tresult = 0;\n";
  }

  static std::string comment(const Call& call) {
    std::string text = to_text(call);
    if (text.size() > kLongestComment) text = text.substr(0, kLongestComment) + "...";
    for (std::size_t at = text.find("*/"); at != std::string::npos; at = text.find("*/"))
      text[at] = '.';
    return text;
  }

  static std::vector<Argument> slots_of(const Call& call) {
    std::vector<Argument> slots;
    for (std::size_t index = 0; index < call.arguments.size(); ++index)
      if (const char letter = text_of(call.verb).arguments[index]; letter == 's' || letter == 'b')
        slots.push_back(call.arguments[index]);
    return slots;
  }

  static bool makes_object(Verb verb) {
    return verb == Verb::empty || verb == Verb::parse || verb == Verb::copy ||
           verb == Verb::distill;
  }

  // The array and the length of a part; empty where there is no such part.
  std::string part(const std::string& tag) const {
    if (tag.starts_with(kSplit)) {
      const std::size_t nth = tag.size() == 5 ? static_cast<std::size_t>(tag[4] - '1') : 0;
      if (nth >= pair_.splits().size()) return {};
      return arrays_of("split" + (nth == 0 ? "" : std::to_string(nth + 1)));
    }
    if (pair_.find(tag) == nullptr) return {};
    return arrays_of(tag == kBase ? "base" : tag == kDistilled ? "distilled" : "target");
  }
  static std::string arrays_of(const std::string& variable) {
    return variable + "_raw, " + variable + "_len";
  }

  // The lines that call libbpf, and what holds of every call.
  void libbpf(const std::string& calls, const std::string& nth) {
    if (runs_ == CRuns::failing) line("enter();");
    line(calls);
    line("leave(" + nth + ");");
  }

  void make_objects(const Call& call, const std::string& nth) {
    for (const std::string& made : call.results) slots_.insert(made);
    if (call.verb == Verb::distill) {
      const std::string low = call.results[0] + "_object";
      const std::string high = call.results[1] + "_object";
      line("struct btf *low = NULL, *high = NULL;\n");
      libbpf("result = btf__distill_base(" + slot(call.arguments[0]) + ".btf, &low, &high);", nth);
      line("made(&" + low + ", low, NULL, sizeof(void *));");
      return line("made(&" + high + ", high, low, sizeof(void *));");
    }
    const auto slots = slots_of(call);
    std::string base = "NULL";
    if (!slots.empty()) base = slot(slots[0]) + (call.verb == Verb::copy ? ".base" : ".btf");
    const std::string made = call.results[0] + "_object";
    line("struct btf *base = " + base + ", *btf = NULL;");
    if (call.verb == Verb::copy) {
      line("unsigned int size = 0;");
      line("const void *raw;\n");
      libbpf("raw = btf__raw_data(" + slot(slots[0]) +
                 ".btf, &size);\n\t\tbtf = raw ? btf__new_split(raw, size, base) : NULL;\n"
                 "\t\tresult = libbpf_get_error(btf);",
             nth);
    } else if (call.verb == Verb::parse) {
      const std::string bytes = part(*call.arguments[0].text);
      line("");
      if (!bytes.empty())
        libbpf("btf = btf__new_split(" + bytes + ", base);\n\t\tresult = libbpf_get_error(btf);",
               nth);
    } else {
      line("");
      libbpf("btf = btf__new_empty_split(base);\n\t\tresult = libbpf_get_error(btf);", nth);
    }
    line("made(&" + made + ", result ? NULL : btf, base, " +
         (call.verb == Verb::empty ? "sizeof(void *)" : "0") + ");");
    line("look(" + nth + ", &" + made + ");");
  }

  // btf__add_*(btf, ...) and the rest, with the arguments in the order of the line.
  std::string c_call(const Call& call) const {
    const std::string object = slot(call.arguments[0]);
    if (call.verb == Verb::permute)
      return "permute(&" + object + ", " + std::to_string(call.arguments[1].number) + "ull)";
    const VerbText& verb = text_of(call.verb);
    std::string name(verb.name);
    if (call.verb == Verb::dedup_colliding) name = "dedup";
    std::string text = "btf__" + name + "(" + object + ".btf";
    for (std::size_t index = 1; index < call.arguments.size(); ++index) {
      const Argument& argument = call.arguments[index];
      const char letter = verb.arguments[index];
      text += ", ";
      if (letter == 's') text += slot(argument) + ".btf";
      if (letter == 't') text += type(argument, object);
      if (letter == 'f')
        text += "btf__type_by_id(" + slot(call.arguments[1]) + ".btf, " +
                type(argument, slot(call.arguments[1])) + ")";
      if (letter == 'n') text += argument.text ? quoted(*argument.text) : "NULL";
      if (letter == 'u' && call.verb == Verb::set_endianness)
        text += argument.number % 2 == 0 ? "BTF_LITTLE_ENDIAN" : "BTF_BIG_ENDIAN";
      else if (letter == 'u' || letter == 'k')
        text += std::to_string(static_cast<std::int64_t>(argument.number)) + "ll";
    }
    if (call.verb == Verb::dedup) text += ", NULL";
    if (call.verb == Verb::dedup_colliding) text += ", &colliding";
    return text + ")";
  }

  std::string named_call(const Call& call) const {
    const std::string from = slot(call.arguments[1]);
    const std::string id = type(call.arguments[2], from);
    return std::string(call.verb == Verb::add_name ? "btf__add_str(" : "btf__find_str(") +
           slot(call.arguments[0]) + ".btf, btf__str_by_offset(" + from + ".btf, btf__type_by_id(" +
           from + ".btf, " + id + ")->name_off))";
  }

  // Only the last of repeated calls is looked at.
  std::string repeated(const Call& call) const {
    if (call.times == 1) return {};
    return "for (times = 1; times < " + std::to_string(call.times) + "; times++)\n\t\t\t" +
           c_call(call) + ";\n\t\t";
  }

  std::string result_of(const Call& call, const std::string& object) const {
    if (call.verb == Verb::raw_data)
      return "result = btf__raw_data(" + object + ".btf, &size) ? (long)size : -errno;";
    if (call.verb == Verb::base_btf)
      return "result = btf__base_btf(" + object + ".btf) == " + object + ".base;";
    const bool by_name = call.verb == Verb::add_name || call.verb == Verb::find_name;
    const bool pointer = call.verb == Verb::type_by_id || call.verb == Verb::name_by_offset ||
                         call.verb == Verb::str_by_offset;
    return "result = " + (by_name ? named_call(call) : c_call(call)) +
           (pointer ? " != NULL;" : ";");
  }

  void change(const Call& call, const std::string& nth) {
    const std::string object = slot(call.arguments[0]);
    if (call.verb == Verb::free) return line("free_one(&" + object + ");");
    const bool appends = appends_type(call.verb) || appends_element(call.verb) ||
                         call.verb == Verb::add_type || call.verb == Verb::add_btf;
    if (call.verb == Verb::dedup_colliding)
      line("LIBBPF_OPTS(btf_dedup_opts, colliding, .force_collisions = true);");
    if (appends || call.verb == Verb::relocate) line("char *before = text_of(" + object + ".btf);");
    if (call.times > 1) line("int times;");
    if (call.verb == Verb::raw_data) line("unsigned int size = 0;");
    if (!body_.ends_with("{\n")) line("");
    line("errno = 0;");
    libbpf(repeated(call) + result_of(call, object), nth);
    after(call, object, nth);
    line("look(" + nth + ", &" + object + ");");
    if (call.verb == Verb::raw_data) line("turn(" + nth + ", &" + object + ");");
  }

  void after(const Call& call, const std::string& object, const std::string& nth) {
    const bool element = appends_element(call.verb);
    if (call.verb == Verb::relocate) {
      line("kept(" + nth + ", &" + object + ", before, -1);");
      line("if (!result)\n\t\t\t" + object + ".base = " + slot(call.arguments[1]) + ".btf;");
    } else if (appends_type(call.verb)) {
      line("note(&" + object + ");");
      line("kept(" + nth + ", &" + object + ", before, 0);");
    } else if (element || call.verb == Verb::add_type || call.verb == Verb::add_btf) {
      line("kept(" + nth + ", &" + object + ", before, " + (element ? "1" : "0") + ");");
    } else if (call.verb == Verb::dedup || call.verb == Verb::dedup_colliding) {
      line(object + ".count = 0;");
      line("if (result < 0)\n\t\t\t" + object + ".btf = NULL; /* it can only be freed */");
    } else if (call.verb == Verb::set_pointer_size) {
      line("if (!result)\n\t\t\t" + object + ".pointer_size = btf__pointer_size(" + object +
           ".btf);");
    }
  }

  const Pair& pair_;
  CRuns runs_;
  std::set<std::string> slots_;
  std::string body_;
};

}  // namespace

std::string program_as_c(const Pair& pair, CRuns runs) {
  return Writer(pair, runs).write();
}

}  // namespace retort
