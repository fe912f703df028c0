// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What stands in object files, in C: .BTF.ext with its BTF, and BTF in an ELF file, which is given
// as bytes and read from a file in memory.
#include <fmt/format.h>

#include <array>
#include <bit>

#include "fuzzers/export_c_ops.h"
#include "fuzzers/export_c_support.h"
#include "fuzzers/export_parts.h"
#include "oracles/properties/elf_maker.h"
#include "oracles/properties/ext_records.h"
#include "oracles/properties/variants.h"

namespace retort {
namespace {

// ---- .BTF.ext ----

constexpr std::string_view kExtHelpers = R"(/* Only newer versions have it. */
extern int btf_ext__set_endianness(struct btf_ext *ext, enum btf_endianness order) __attribute__((weak));
extern enum btf_endianness btf_ext__endianness(const struct btf_ext *ext) __attribute__((weak));

/* NULL where it is refused. */
static struct btf_ext *open_ext(const void *data, unsigned int len)
{
	struct btf_ext *ext = btf_ext__new(data, len);

	return libbpf_get_error(ext) ? NULL : ext;
}

static int knows_both_orders(void)
{
	return btf_ext__set_endianness && btf_ext__endianness;
}

/* From now on it is written in the other byte order. */
static void change_order(struct btf_ext *ext)
{
	int is_big = btf_ext__endianness(ext) == BTF_BIG_ENDIAN;

	btf_ext__set_endianness(ext, is_big ? BTF_LITTLE_ENDIAN : BTF_BIG_ENDIAN);
}

/* What is written in the other byte order, read, and turned back, is what it was. */
static void turn_over(struct btf_ext *ext)
{
	unsigned int len = 0, len_again = 0;
	const void *raw, *raw_again;
	struct btf_ext *again;

	if (!knows_both_orders())
		return;
	change_order(ext);
	raw = btf_ext__raw_data(ext, &len);
	again = open_ext(raw, len);
	if (!again) {
		say("what was written in the other byte order is refused\n");
		return;
	}
	change_order(again);
	change_order(ext);
	raw = btf_ext__raw_data(ext, &len);
	raw_again = btf_ext__raw_data(again, &len_again);
	if (!raw || !raw_again || len != len_again || memcmp(raw, raw_again, len))
		say("the bytes are others once the order was changed and changed back\n");
	btf_ext__free(again);
}

/* What every id and string of .BTF.ext means. */
static char *meaning_of_ext(const struct btf *btf, const struct btf_ext *ext)
{
	unsigned int len, i;
	const char *raw = btf_ext__raw_data(ext, &len), *string;
	size_t size;
	char *text;
	FILE *to = open_memstream(&text, &size);
	__u32 value;

	for (i = 0; i < sizeof(words) / sizeof(words[0]) && words[i].at; i++) {
		memcpy(&value, raw + words[i].at, sizeof(value));
		string = words[i].is_id ? NULL : btf__str_by_offset(btf, value);
		if (words[i].is_id)
			describe(to, btf, value, RESOLVED, 0);
		else
			fprintf(to, " '%s'", string ? string : "none");
		fprintf(to, "\n");
	}
	fclose(to);
	return text;
}

static void compare_meanings(const char *before, const char *what, const struct btf *btf, const struct btf_ext *ext)
{
	char *after = meaning_of_ext(btf, ext);

	if (strcmp(before, after))
		say("before deduplication:\n%safter%s:\n%s", before, what, after);
	free(after);
}

static void dedup(struct btf *btf, struct btf_ext *ext)
{
	LIBBPF_OPTS(btf_dedup_opts, opts, .btf_ext = ext);
	char *before = meaning_of_ext(btf, ext);
	struct btf_ext *again = NULL;
	unsigned int len;

	if (knows_both_orders()) {
		change_order(ext);
		btf_ext__raw_data(ext, &len);
	}
	if (btf__dedup(btf, &opts))
		return;
	if (knows_both_orders()) {
		again = open_ext(btf_ext__raw_data(ext, &len), len);
		change_order(ext);
	}
	compare_meanings(before, "", btf, ext);
	if (again) {
		change_order(again);
		compare_meanings(before, ", written in the other byte order", btf, again);
		btf_ext__free(again);
	}
}

)";

// All that the reader of .BTF.ext by ourselves says of it.
std::string words_table(const std::vector<ExtWord>& words) {
  std::string text = "/* The ids and string offsets in .BTF.ext. */\nstatic const struct {\n";
  text += "\tunsigned int at;\n\tint is_id;\n} words[] = {\n";
  for (const ExtWord& word : words)
    text += fmt::format("\t{{ {}, {} }},\n", word.at, word.is_id ? 1 : 0);
  return text + "\t{ 0, 0 },\n};\n\n";
}

// ---- ELF ----

constexpr std::string_view kElfHelpers = R"(
#include <sys/mman.h>

struct parsed {
	struct btf *btf;
	struct btf_ext *ext;
	int err;
	char *text;
};

static struct parsed as_parsed(struct btf *btf, struct btf_ext *ext)
{
	struct parsed parsed = { .btf = btf, .ext = ext, .err = libbpf_get_error(btf), .text = NULL };

	if (parsed.err)
		parsed.btf = NULL, parsed.ext = NULL;
	else
		parsed.text = text_of(btf);
	return parsed;
}

static struct parsed as_relocated(struct btf *btf, int err)
{
	return (struct parsed){ .btf = btf, .err = err, .text = err ? NULL : text_of(btf) };
}

static struct parsed from_memory(const void *data, unsigned int len, struct btf *below)
{
	return as_parsed(btf__new_split(data, len, below), NULL);
}

enum way { AS_ELF, AS_ANY, AS_SPLIT, AS_RAW };

/* From a file that is memory. */
static struct parsed from_file(const void *data, unsigned int len, enum way way, struct btf *below)
{
	int fd = memfd_create("btf", MFD_CLOEXEC);
	struct btf_ext *ext = NULL;
	struct parsed parsed;
	char path[40];

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		_exit(2);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (way == AS_SPLIT)
		parsed = as_parsed(btf__parse_elf_split(path, below), NULL);
	else if (way == AS_RAW)
		parsed = as_parsed(btf__parse_raw_split(path, below), NULL);
	else if (way == AS_ELF)
		parsed = as_parsed(btf__parse_elf(path, &ext), ext);
	else
		parsed = as_parsed(btf__parse(path, &ext), ext);
	parsed.ext = parsed.err ? NULL : ext;
	close(fd);
	return parsed;
}

static void compare(const char *what, struct parsed a, struct parsed b)
{
	if (a.err != b.err)
		say("%s: error %d and error %d\n", what, a.err, b.err);
	else if (!a.err && strcmp(a.text, b.text))
		say("%s: other types\n", what);
}

)";

struct NamedForm {
  std::string_view variable;
  std::string_view words;
  ElfForm form;
};
constexpr std::array<NamedForm, 4> kForms = {{
    {.variable = "elf64_le",
     .words = "64 bit, little-endian",
     .form = {.is_64 = true, .order = std::endian::little}},
    {.variable = "elf32_be",
     .words = "32 bit, big-endian",
     .form = {.is_64 = false, .order = std::endian::big}},
    {.variable = "elf64_be",
     .words = "64 bit, big-endian",
     .form = {.is_64 = true, .order = std::endian::big}},
    {.variable = "elf32_le",
     .words = "32 bit, little-endian",
     .form = {.is_64 = false, .order = std::endian::little}},
}};

bool begins_like_raw(Bytes bytes) {
  constexpr std::byte low{0x9f};
  constexpr std::byte high{0xeb};
  return bytes.size() >= 2 &&
         ((bytes[0] == low && bytes[1] == high) || (bytes[0] == high && bytes[1] == low));
}

// A file as it came: both ways of opening it say the same.
std::string only_file(const std::vector<std::byte>& file) {
  const bool any_magic = file.size() < 2 || begins_like_raw(file);
  return c_bytes("file", file, "An ELF file") + std::string(kTypesAsText) +
         std::string(kElfHelpers) +
         "static void run(void)\n{\n"
         "\tstruct parsed elf = from_file(file_raw, file_len, AS_ELF, NULL);\n"
         "\tstruct parsed any = from_file(file_raw, file_len, AS_ANY, NULL);\n\n" +
         (any_magic
              ? "\t/* Raw BTF by its first bytes: not an ELF file. */\n\t(void)elf, (void)any;\n"
              : "\tcompare(\"as ELF, and as any file\", elf, any);\n") +
         "\taccept_if_silent();\n}\n";
}

constexpr std::string_view kCheckForm =
    R"(/* A file of one class and byte order says what the bytes in it say. */
static void check_file(const char *what, const void *file, unsigned int len, unsigned int pointer)
{{
	struct parsed here = from_memory({0}_raw, {0}_len, NULL);
	struct parsed there = from_file(file, len, AS_ELF, NULL), any = from_file(file, len, AS_ANY, NULL);

	if (HAS_EXT && there.btf && !there.ext)
		say("%s: .BTF.ext is lost without an error\n", what);
	if (!HAS_EXT) {{
		compare(what, here, there);
		compare(what, here, any);
	}}
	if (there.btf && btf__pointer_size(there.btf) != pointer)
		say("%s: pointers of %zu bytes\n", what, btf__pointer_size(there.btf));
	if (!from_file(file, len - CUT_OFF, AS_ELF, NULL).err)
		say("%s: accepted without its last bytes\n", what);
}}

)";

std::string split_files(const CPart& lowest, const CPart& split, std::string& arrays) {
  const ElfSection own{.name = ".BTF", .bytes = *split.bytes};
  const ElfSection one[] = {own};
  const ElfSection both[] = {own, {.name = ".BTF.base", .bytes = *lowest.bytes}};
  arrays += c_bytes("alone", make_elf(one, {}), "The split in an ELF file") + "\n";
  arrays += c_bytes("with_base", make_elf(both, {}), "The split with its base as .BTF.base") + "\n";
  return fmt::format(
      "\there = from_memory({0}_raw, {0}_len, {1});\n"
      "\tcompare(\"a split in memory, and in a file\", here, from_file(alone_raw, alone_len, "
      "AS_SPLIT, {1}));\n"
      "\tcompare(\"a split in memory, and with .BTF.base in a file\", here,\n"
      "\t\tfrom_file(with_base_raw, with_base_len, AS_ELF, NULL));\n",
      split.variable, lowest.variable);
}

// A file that is the layer alone.
std::string raw_file(const CPart& layer) {
  if (!begins_like_raw(*layer.bytes)) return {};
  return fmt::format(
      "\tcompare(\"{0} in memory, and as a raw file\", from_memory({0}_raw, {0}_len, {1}),\n"
      "\t\tfrom_file({0}_raw, {0}_len, AS_RAW, {1}));\n",
      layer.variable, layer.on.empty() ? "NULL" : layer.on);
}

// Read onto a base, the file with .BTF.base says what relocation onto that base says.
std::string relocated_file(const Pair& pair, const CPart& split) {
  if (pair.find(kDistilled) == nullptr || pair.find(kTarget) == nullptr ||
      pair.splits().size() != 1 || !well_formed_layers(pair))
    return {};
  return fmt::format(
      "\tcompare(\"relocated, and read from a file onto the target\",\n"
      "\t\tas_relocated({0}, btf__relocate({0}, target)),\n"
      "\t\tfrom_file(with_base_raw, with_base_len, AS_SPLIT, target));\n",
      split.variable);
}

}  // namespace

std::string ext_body(const ExportInput& input) {
  const std::vector<std::byte>& bytes = *input.pair.find(kExt);
  const auto words = read_ext(bytes);
  const bool judged = !btf::is_foreign(bytes);
  const std::vector<CPart> parts = parts_in_order(input.pair, Op::dedup);
  const bool has_btf = words && !parts.empty();
  std::string text = c_bytes("ext", bytes, ".BTF.ext") + "\n";
  if (has_btf) text += words_table(*words);
  text +=
      fmt::format("/* Whether every record can be read{}. */\n#define READABLE {}\n",
                  judged ? "" : ": in the other byte order, so that nobody says", words ? 1 : 0);
  text += std::string(kTypesAsText) + std::string(kExtHelpers);
  if (has_btf)
    text +=
        fmt::format("static void dedup_with(struct btf_ext *ext)\n{{{}\n\tdedup({}, ext);\n}}\n\n",
                    open_calls(parts), top_part(parts).variable);
  text +=
      "static void run(void)\n{\n\tstruct btf_ext *ext = open_ext(ext_raw, ext_len);\n"
      "\tunsigned int len = 0;\n\tconst void *raw;\n\n";
  if (judged)
    text +=
        "\tif (READABLE != !!ext)\n\t\tsay(ext ? \"accepted although a record cannot be read\\n\" "
        ": \"refused although every record can be read\\n\");\n";
  text +=
      "\tif (ext) {\n\t\traw = btf_ext__raw_data(ext, &len);\n"
      "\t\tif (!raw || len != ext_len || memcmp(raw, ext_raw, len))\n"
      "\t\t\tsay(\"it is written with other bytes\\n\");\n\t\tturn_over(ext);\n";
  if (has_btf) text += "\t\tdedup_with(ext);\n";
  return text + "\t}\n\taccept_if_silent();\n}\n";
}

std::string elf_body(const ExportInput& input) {
  if (const auto* file = input.pair.find(kElf)) return only_file(*file);
  std::vector<CPart> parts = parts_in_order(input.pair, Op::dedup);
  const CPart& lowest = parts.front();
  const auto* ext = input.pair.find(kExt);
  std::vector<ElfSection> sections = {{.name = ".BTF", .bytes = *lowest.bytes}};
  if (ext != nullptr) sections.push_back({.name = ".BTF.ext", .bytes = *ext});
  std::string arrays;
  std::string calls = parts.size() > 1 ? "\tstruct parsed here;\n\n" : "";
  for (const NamedForm& form : kForms) {
    arrays += c_bytes(form.variable, make_elf(sections, form.form), form.words) + "\n";
    calls += fmt::format("\tcheck_file(\"{0}\", {1}_raw, {1}_len, {2});\n", form.words,
                         form.variable, form.form.is_64 ? 8 : 4);
  }
  calls += raw_file(lowest);
  if (parts.size() > 1)
    calls += raw_file(parts[1]) + split_files(lowest, parts[1], arrays) +
             relocated_file(input.pair, parts[1]);
  const std::size_t cut = 1 + lowest.bytes->size() % 32;
  return arrays +
         fmt::format("#define HAS_EXT {}\n#define CUT_OFF {}\n", ext != nullptr ? 1 : 0, cut) +
         std::string(kTypesAsText) + std::string(kElfHelpers) +
         fmt::format(fmt::runtime(kCheckForm), lowest.variable) +
         run_function(input, calls + "\taccept_if_silent();\n");
}

}  // namespace retort
