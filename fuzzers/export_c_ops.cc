// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The operations that have a result, in C: check, find, distill, relocate, round trip. What came is
// said as text, type by type, and what is expected is made here in the same words.
#include "fuzzers/export_c_ops.h"

#include <fmt/format.h>

#include <algorithm>

#include "fuzzers/export_parts.h"
#include "oracles/names.h"
#include "oracles/witnesses.h"
#include "relocator/index.h"

namespace retort {
namespace {

constexpr std::string_view kSayLayer =
    R"(/* The words behind the head of each kind: fixed ones, those of one element, and which of these is a name. */
static const struct {
	const char *name;
	int fixed, element, name_word;
} kinds[] = {
	{ "void", 0, 0, -1 },	   { "INT", 1, 0, -1 },	     { "PTR", 0, 0, -1 },    { "ARRAY", 3, 0, -1 },
	{ "STRUCT", 0, 3, 0 },	   { "UNION", 0, 3, 0 },     { "ENUM", 0, 2, 0 },    { "FWD", 0, 0, -1 },
	{ "TYPEDEF", 0, 0, -1 },   { "VOLATILE", 0, 0, -1 }, { "CONST", 0, 0, -1 },  { "RESTRICT", 0, 0, -1 },
	{ "FUNC", 0, 0, -1 },	   { "FUNC_PROTO", 0, 2, 0 }, { "VAR", 1, 0, -1 },   { "DATASEC", 0, 3, -1 },
	{ "FLOAT", 0, 0, -1 },	   { "DECL_TAG", 1, 0, -1 }, { "TYPE_TAG", 0, 0, -1 }, { "ENUM64", 0, 3, 0 },
};

static const char *name_at(const struct btf *btf, unsigned int offset)
{
	const char *name = btf__str_by_offset(btf, offset);

	return name ? name : "";
}

static void say_type(const struct btf *btf, unsigned int id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	unsigned int kind = btf_kind(t), vlen = btf_vlen(t), word, count;
	const unsigned int *words = (const unsigned int *)(t + 1);

	if (kind >= sizeof(kinds) / sizeof(kinds[0])) {
		say("[%u] kind %u\n", id, kind);
		return;
	}
	say("[%u] %s '%s' kflag=%d vlen=%u %u", id, kinds[kind].name, name_at(btf, t->name_off), !!btf_kflag(t), vlen,
	    t->size);
	count = kinds[kind].fixed + vlen * kinds[kind].element;
	for (word = 0; word < count; word++) {
		int in_element = (int)word - kinds[kind].fixed;

		if (in_element >= 0 && in_element % kinds[kind].element == kinds[kind].name_word)
			say(" '%s'", name_at(btf, words[word]));
		else
			say(" %u", words[word]);
	}
	say("\n");
}

/* A layer's own types: those beyond the layer below. */
static void say_layer(const char *what, const struct btf *btf, const struct btf *below)
{
	unsigned int first = below ? btf__type_cnt(below) : 1, end = btf__type_cnt(btf), id;

	say("%s has %u types:\n", what, end - first);
	for (id = first; id < end && id < first + SAID_TYPES; id++)
		say_type(btf, id);
}

)";
constexpr std::string_view kReread =
    R"(/* What is written out and read in again, as whoever stores it would. */
static struct btf *reread(const char *what, const struct btf *btf, struct btf *below)
{
	unsigned int len = 0;
	const void *raw = btf__raw_data(btf, &len);
	struct btf *again = raw ? btf__new_split(raw, len, below) : NULL;
	long err = raw ? libbpf_get_error(again) : -ENOMEM;

	if (!err)
		return again;
	say("the %s that was written cannot be read again: errno %ld\n", what, -err);
	return NULL;
}

)";

constexpr std::string_view kRelocateHelper =
    R"(static int relocate(struct btf *split, struct btf *target)
{
	int err = btf__relocate(split, target);
	struct btf *again;

	if (err) {
		say("rejected at relocate with errno %d\n", -err);
		return err;
	}
	say("accepted\n");
	again = reread("split", split, target);
	if (again)
		say_layer("split", again, target);
	return 0;
}

)";
// ---- what is expected, in the words of say_type() ----

std::string said_type(const btf::Btf& top, const btf::Type& type) {
  if (!type.shape().known)
    return fmt::format("[{}] kind {}\n", type.id(), static_cast<unsigned>(type.kind()));
  std::string text =
      fmt::format("[{}] {} '{}' kflag={} vlen={} {}", type.id(), btf::kind_name(type.kind()),
                  top.name(type), type.kflag() ? 1 : 0, type.vlen(), type.size());
  std::vector<bool> is_name(type.words());
  btf::for_each_name(type, [&](std::size_t word) { is_name[word] = true; });
  for (std::size_t word = btf::kHeadWords; word < type.words(); ++word)
    text += is_name[word] ? fmt::format(" '{}'", top.name(type.word(word)))
                          : fmt::format(" {}", type.word(word));
  return text + "\n";
}

std::string said_layer(std::string_view what, const btf::Btf& layer) {
  const std::uint32_t types = layer.end_id() - layer.start_id();
  std::string text = fmt::format("{} has {} types:\n", what, types);
  for (std::uint32_t index = 0; index < std::min(types, kSaidTypes); ++index)
    text += said_type(layer, layer.type(layer.start_id() + index));
  return text;
}

std::string said_result(std::string_view what, btf::Bytes bytes, const btf::BtfPtr& base) {
  const auto layer = btf::Btf::parse(bytes, {.base = base, .borrow = true});
  return layer ? said_layer(what, **layer) : "";
}
// ---- the operations ----

constexpr std::string_view kDistillCall =
    "\tstruct btf *new_base = NULL, *new_split = NULL;\n"
    "\tint err = btf__distill_base({}, &new_base, &new_split);\n\n"
    "\tif (err) {{\n"
    "\t\tsay(\"rejected at distill with errno %d\\n\", -err);\n"
    "\t\treturn;\n"
    "\t}}\n";

std::string distill_call(const ExportInput& input) {
  const std::vector<CPart> parts = parts_in_order(input.pair, input.op);
  return fmt::format(fmt::runtime(kDistillCall), top_part(parts).variable);
}

}  // namespace

std::string check_body(const ExportInput& input) {
  std::string calls = "\tsay(\"accepted\\n\");\n";
  for (const CPart& part : parts_in_order(input.pair, input.op))
    calls += fmt::format("\tsay_layer(\"{0}\", {0}, {1});\n", part.variable,
                         part.on.empty() ? "NULL" : part.on);
  return std::string(kSayLayer) + run_function(input, calls);
}

std::string check_expected(const ExportInput& input) {
  std::string text = "accepted\n";
  for (const CPart& part : parts_in_order(input.pair, input.op))
    if (part.read) text += said_layer(part.variable, *part.read);
  return text;
}

std::string find_body(const ExportInput& input) {
  const std::vector<CPart> parts = parts_in_order(input.pair, input.op);
  const CPart& top = top_part(parts);
  std::string queries;
  if (top.read)
    for (const auto& [name, kind] : names_to_find(*top.read))
      queries +=
          fmt::format("\t{{ {}, {} }},\n", c_literal(name, "\t"), static_cast<unsigned>(kind));
  const std::string table =
      "static const struct {\n\tconst char *name;\n\tunsigned int kind;\n} queries[] = {\n" +
      queries + "};\n\n";
  const std::string loop = fmt::format(
      "\tunsigned int i;\n\n"
      "\tsay(\"accepted\\n\");\n"
      "\tfor (i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {{\n"
      "\t\tint any = btf__find_by_name({0}, queries[i].name);\n"
      "\t\tint exact = btf__find_by_name_kind({0}, queries[i].name, queries[i].kind);\n\n"
      "\t\tsay(\"'%s' %d, as kind %u %d\\n\", queries[i].name, any < 0 ? -1 : any, "
      "queries[i].kind,\n\t\t    exact < 0 ? -1 : exact);\n"
      "\t}}\n",
      top.variable);
  return table + run_function(input, loop);
}

std::string find_expected(const ExportInput& input) {
  const std::vector<CPart> parts = parts_in_order(input.pair, input.op);
  const btf::BtfPtr top = top_part(parts).read;
  std::string text = "accepted\n";
  if (!top) return text;
  const btf::NameIndex index(*top);
  const auto found = [&](std::string_view name, std::optional<btf::Kind> kind) {
    const auto id = index.find(name, kind);
    return id ? static_cast<std::int64_t>(*id) : -1;
  };
  for (const auto& [name, kind] : names_to_find(*top))
    text += fmt::format("'{}' {}, as kind {} {}\n", name, found(name, {}),
                        static_cast<unsigned>(kind), found(name, kind));
  return text;
}

std::string distill_body(const ExportInput& input) {
  return std::string(kSayLayer) + std::string(kReread) +
         run_function(input, distill_call(input) +
                                 "\tsay(\"accepted\\n\");\n"
                                 "\tnew_base = reread(\"base\", new_base, NULL);\n"
                                 "\tif (new_base)\n"
                                 "\t\tsay_layer(\"base\", new_base, NULL);\n"
                                 "\tnew_split = reread(\"split\", new_split, new_base);\n"
                                 "\tif (new_split)\n"
                                 "\t\tsay_layer(\"split\", new_split, new_base);\n");
}

std::string distill_expected(const ExportInput& input) {
  const auto base = btf::Btf::parse(input.expected.base_bytes, {.borrow = true});
  if (!base) return "accepted\n";
  return "accepted\n" + said_layer("base", **base) +
         said_result("split", input.expected.bytes, *base);
}

std::string relocate_body(const ExportInput& input) {
  const std::vector<CPart> parts = parts_in_order(input.pair, input.op);
  const CPart& top = top_part(parts);
  std::string calls = fmt::format(
      "\tstruct btf *again = {};\n\tunsigned int len = 0, len_again = 0;\n"
      "\tconst void *raw, *raw_again;\n\n"
      "\tif (!relocate({}, target))\n\t\treturn;\n"
      "\t/* A call that fails leaves its input as it was. */\n",
      parts.front().variable, top.variable);
  for (const CPart& part : parts)
    if (part.tag == kSplit)
      calls +=
          fmt::format("\tagain = open_part(\"SPLT\", {0}_raw, {0}_len, again);\n", part.variable);
  calls += fmt::format(
      "\traw = btf__raw_data({}, &len);\n\traw_again = btf__raw_data(again, &len_again);\n"
      "\tif (!raw || !raw_again || len != len_again || memcmp(raw, raw_again, len))\n"
      "\t\tsay(\"its input has changed\\n\");\n",
      top.variable);
  return std::string(kSayLayer) + std::string(kReread) + std::string(kRelocateHelper) +
         run_function(input, calls);
}

std::string relocated_expected(const ExportInput& input) {
  const bool has_target = input.pair.find(kTarget) != nullptr;
  const auto* target = input.pair.find(has_target ? kTarget : kBase);
  const auto base = btf::Btf::parse(*target, {.borrow = true});
  return "accepted\n" + (base ? said_result("split", input.expected.bytes, *base) : "");
}

std::string roundtrip_body(const ExportInput& input) {
  const std::string_view target = input.pair.find(kTarget) != nullptr ? "target" : "base";
  const std::string calls =
      distill_call(input) + fmt::format(
                                "\tunsigned int len = 0;\n"
                                "\tconst void *raw = btf__raw_data(new_base, &len);\n\n"
                                "\tnew_base = open_part(\"DIST\", raw, len, NULL);\n"
                                "\tif (!new_base)\n\t\treturn;\n"
                                "\traw = btf__raw_data(new_split, &len);\n"
                                "\tnew_split = open_part(\"SPLT\", raw, len, new_base);\n"
                                "\tif (new_split)\n\t\trelocate(new_split, {});\n",
                                target);
  return std::string(kSayLayer) + std::string(kReread) + std::string(kRelocateHelper) +
         run_function(input, calls);
}
// Deduplication works on the top layer with a witness for each of its types, which survives and so
// tells what became of the type.
std::string dedup_body(const ExportInput& input) {
  const std::vector<CPart> parts = parts_in_order(input.pair, input.op);
  const CPart& top = top_part(parts);
  const std::vector<std::byte> witnessed =
      top.read ? with_witnesses(*top.read) : std::vector<std::byte>{};
  const CPart array{
      .variable = "witnessed", .tag = "dedup", .bytes = &witnessed, .on = top.on, .read = nullptr};
  const std::string below = top.on.empty() ? "NULL" : top.on;
  return std::string(kSayLayer) + c_array(array) + "\n" +
         run_function(
             input,
             fmt::format("\tstruct btf *witnessed = open_part(\"dedup\", witnessed_raw, "
                         "witnessed_len, {0});\n"
                         "\tint err;\n\n"
                         "\tif (!witnessed)\n\t\treturn;\n"
                         "\terr = btf__dedup(witnessed, NULL);\n"
                         "\tif (err)\n\t\tsay(\"rejected at dedup with errno %d\\n\", -err);\n"
                         "\telse\n\t\tsay(\"accepted\\n\"), say_layer(\"top\", witnessed, {0});\n",
                         below));
}

std::string dedup_expected(const ExportInput& input) {
  const std::vector<CPart> parts = parts_in_order(input.pair, input.op);
  const CPart& top = top_part(parts);
  const btf::BtfPtr below = top.read ? top.read->base() : nullptr;
  return "accepted\n" + said_result("top", input.expected.bytes, below);
}

}  // namespace retort
