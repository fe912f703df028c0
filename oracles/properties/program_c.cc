// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/program_c.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "oracles/properties/interpreter.h"
#include "oracles/properties/program.h"
#include "oracles/properties/program_c_support.h"
#include "oracles/properties/sequence.h"

namespace retort {
namespace {

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

std::string array_of(std::string_view name, const std::vector<std::byte>& bytes) {
  std::string text = "static const unsigned char " + std::string(name) + "[] = {";
  for (std::size_t at = 0; at < bytes.size(); ++at)
    text += (at % 16 == 0 ? "\n\t" : " ") + std::to_string(static_cast<unsigned>(bytes[at])) + ",";
  return text + (bytes.empty() ? " 0 " : "\n") + "};\n";
}

class Writer {
 public:
  explicit Writer(const Pair& pair) : pair_(pair) {}

  std::string write() {
    const Program program = parse_program(program_text(*pair_.find(kProgram)));
    const ProgramRun run = run_program(version_reading(btf::Dialect::narrow), btf::Dialect::narrow,
                                       pair_, program, {.avoid_hazards = true});
    for (std::size_t call = 0; call < program.size(); ++call)
      if (call >= run.steps.size() || !run.steps[call].misused) write_call(program[call], call + 1);
    std::string text = parts_;
    text += kProgramSupport;
    text += "static long run_calls(long *results)\n{\n\tlong calls = 0;\n";
    for (const std::string& slot : slots_) text += "\tstruct object " + slot + "_object = {0};\n";
    text += "\n";
    for (const std::string& slot : slots_) text += "\t(void)" + slot + "_object;\n";
    text += body_ + "\treturn calls;\n}\n\n";
    text += "static void run_program(void)\n{\n\tstatic long plain[" +
            std::to_string(program.size() + 1) + "], asked[" + std::to_string(program.size() + 1) +
            "];\n\tlong call, calls = run_calls(plain);\n\n\tasking = 1;\n\trun_calls(asked);\n"
            "\tfor (call = 0; call < calls; call++)\n\t\tif (plain[call] != asked[call])\n"
            "\t\t\tbroken(call + 1, \"the result depends on what was asked before\");\n"
            "\tif (!failed)\n\t\tsay(\"accepted\\n\");\n}\n";
    return text;
  }

 private:
  std::string slot(const Argument& argument) const { return *argument.text + "_object"; }

  std::string type(const Argument& argument, const std::string& object) const {
    static constexpr std::string_view functions[] = {"", "all_of", "own_of", "new_of", "beyond"};
    if (argument.type.sort == TypeRef::Sort::void_) return "0";
    return std::string(functions[static_cast<std::size_t>(argument.type.sort)]) + "(&" + object +
           ", " + std::to_string(argument.type.rank) + "u)";
  }

  void line(const std::string& text) { body_ += "\t\t" + text + "\n"; }

  void write_call(const Call& call, std::size_t number) {
    for (const Argument& argument : slots_of(call))
      if (!slots_.contains(*argument.text)) return;
    const std::string nth = std::to_string(number);
    body_ += "\t/* " + nth + ": " + comment(call) + " */\n";
    std::string ready;
    for (const Argument& argument : slots_of(call))
      ready += (ready.empty() ? "" : " && ") + slot(argument) + ".btf";
    body_ += ready.empty() ? "\t{\n" : "\tif (" + ready + ") {\n";
    line("errno = 0;");
    if (makes_object(call.verb))
      make_objects(call, nth);
    else
      change(call, nth);
    body_ += "\t}\n\tresults[calls++] = result;\n\tresult = 0;\n";
  }

  static std::string comment(const Call& call) {
    std::string text = to_text(call);
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

  // The bytes of a part, once, and the name of their array; empty where there is no such part.
  std::string part(const std::string& tag) {
    const auto splits = pair_.splits();
    const std::size_t nth = tag.size() == 5 ? static_cast<std::size_t>(tag[4] - '1') : 0;
    const std::vector<std::byte>* bytes =
        tag.starts_with("SPLT") ? (nth < splits.size() ? splits[nth] : nullptr) : pair_.find(tag);
    if (bytes == nullptr) return {};
    const std::string name = "part_" + tag;
    if (parts_written_.insert(tag).second) parts_ += array_of(name, *bytes);
    return name + ", " + std::to_string(bytes->size());
  }

  void make_objects(const Call& call, const std::string& nth) {
    for (const std::string& made : call.results) slots_.insert(made);
    if (call.verb == Verb::distill) {
      const std::string low = call.results[0] + "_object";
      const std::string high = call.results[1] + "_object";
      line("struct btf *low = NULL, *high = NULL;\n");
      line("result = btf__distill_base(" + slot(call.arguments[0]) + ".btf, &low, &high);");
      line(low + " = (struct object){ .btf = low };");
      line(high + " = (struct object){ .btf = high, .base = low };");
      return;
    }
    const std::string made = call.results[0] + "_object";
    const auto slots = slots_of(call);
    std::string base = "NULL";
    if (!slots.empty()) base = slot(slots[0]) + (call.verb == Verb::copy ? ".base" : ".btf");
    line("struct btf *base = " + base + ", *btf;");
    if (call.verb == Verb::copy) {
      line("unsigned int size = 0;");
      line("const void *raw = btf__raw_data(" + slot(slots[0]) + ".btf, &size);\n");
      line("btf = btf__new_split(raw, size, base);");
    } else if (call.verb == Verb::parse) {
      const std::string bytes = part(*call.arguments[0].text);
      line(bytes.empty() ? "btf = NULL;" : "btf = btf__new_split(" + bytes + ", base);");
    } else {
      line("btf = btf__new_empty_split(base);");
    }
    line("if (libbpf_get_error(btf))\n\t\t\tbtf = NULL;");
    line(made + " = (struct object){ .btf = btf, .base = base };");
    line("look(" + nth + ", &" + made + ");");
  }

  // btf__add_*(btf, ...) and the rest, with the arguments in the order of the line.
  std::string c_call(const Call& call) const {
    const std::string object = slot(call.arguments[0]);
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

  void change(const Call& call, const std::string& nth) {
    const std::string object = slot(call.arguments[0]);
    if (call.verb == Verb::free) {
      line("btf__free(" + object + ".btf);");
      return line(object + ".btf = NULL;");
    }
    const bool appends = appends_type(call.verb) || appends_element(call.verb) ||
                         call.verb == Verb::add_type || call.verb == Verb::add_btf;
    const bool compares = appends || call.verb == Verb::relocate;
    if (call.verb == Verb::dedup_colliding)
      line("LIBBPF_OPTS(btf_dedup_opts, colliding, .force_collisions = true);");
    if (compares) line("char *before = text_of(" + object + ".btf);\n");
    if (call.times > 1) line("int times;\n");
    if (call.times > 1)
      line("for (times = 1; times < " + std::to_string(call.times) + "; times++)\n\t\t\t" +
           c_call(call) + ";");
    const bool by_name = call.verb == Verb::add_name || call.verb == Verb::find_name;
    const bool pointer = call.verb == Verb::type_by_id || call.verb == Verb::name_by_offset ||
                         call.verb == Verb::str_by_offset;
    if (call.verb == Verb::raw_data)
      line("unsigned int size = 0;\n\n\t\tresult = btf__raw_data(" + object +
           ".btf, &size) ? size : -errno;");
    else if (call.verb == Verb::base_btf)
      line("result = btf__base_btf(" + object + ".btf) == " + object + ".base;");
    else
      line("result = " + (by_name ? named_call(call) : c_call(call)) +
           (pointer ? " != NULL;" : ";"));
    if (call.verb == Verb::relocate) {
      line("if (result < 0)\n\t\t\tkept(" + nth + ", &" + object + ", before, 1);");
      line("else\n\t\t\t" + object + ".base = " + slot(call.arguments[1]) + ".btf;");
    } else if (appends) {
      if (appends_type(call.verb)) line("note(&" + object + ");");
      const bool whole = !appends_element(call.verb);
      line("kept(" + nth + ", &" + object + ", before, " + (whole ? "1" : "0") + ");");
    }
    if (call.verb == Verb::dedup || call.verb == Verb::dedup_colliding) {
      line(object + ".count = 0;");
      line("if (result < 0)\n\t\t\t" + object + ".btf = NULL; /* it can only be freed */");
    }
    line("look(" + nth + ", &" + object + ");");
    if (call.verb == Verb::raw_data) line("turn(" + nth + ", &" + object + ");");
  }

  const Pair& pair_;
  std::set<std::string> slots_;
  std::set<std::string> parts_written_;
  std::string parts_;
  std::string body_;
};

}  // namespace

std::string program_as_c(const Pair& pair) {
  if (pair.find(kProgram) == nullptr) return {};
  return Writer(pair).write();
}

}  // namespace retort
