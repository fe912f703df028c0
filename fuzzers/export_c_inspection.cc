// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The operations that look at types, in C: reparse (alignment and size of every type) and dump
// (types, declarations and data as C text). They say "accepted" unless something that has to hold
// does not.
#include <fmt/format.h>

#include <climits>

#include "fuzzers/export_c_ops.h"
#include "fuzzers/export_parts.h"
#include "oracles/properties/data_questions.h"

namespace retort {
namespace {

constexpr std::size_t kMostQuestions = 400;
constexpr std::uint32_t kMostData = 2048;

constexpr std::string_view kDumpHelpers = R"(
#include <limits.h>
#include <setjmp.h>
#include <sys/mman.h>

static char shown[1 << 20];
static size_t shown_len;
static jmp_buf no_room; /* text without an end is not waited for */

static void collect(void *ctx, const char *format, va_list args)
{
	int len = vsnprintf(shown + shown_len, sizeof(shown) - shown_len, format, args);

	(void)ctx;
	if (len > 0 && shown_len + len >= sizeof(shown))
		longjmp(no_room, 1);
	shown_len += len > 0 ? len : 0;
}

static struct btf_dump *new_dump(const struct btf *btf)
{
	shown_len = 0;
	shown[0] = 0;
	return btf_dump__new(btf, collect, NULL, NULL);
}

/* Whether the line defines a struct, union or enum by name, as "struct a {". */
static int is_definition(const char *line, size_t len)
{
	return len > 8 && line[len - 1] == '{' &&
	       (!strncmp(line, "struct ", 7) || !strncmp(line, "union ", 6) || !strncmp(line, "enum ", 5)) && line[len - 3] != 't';
}

static void find_line_twice(void)
{
	char *line, *other, *next;

	for (line = shown; (next = strchr(line, '\n')); line = next + 1)
		for (other = next + 1; is_definition(line, next - line) && *other; other = strchr(other, '\n') + 1) {
			if (!strncmp(line, other, next - line + 1)) {
				say("defined twice: %.*s\n", (int)(next - line), line);
				return;
			}
			if (!strchr(other, '\n'))
				break;
		}
}

static void dump_types(const struct btf *btf)
{
	struct btf_dump *d = new_dump(btf);
	unsigned int id;

	if (setjmp(no_room))
		return;
	for (id = 1; d && id < btf__type_cnt(btf); id++)
		btf_dump__dump_type(d, id);
	find_line_twice();
	btf_dump__free(d);
}

static void declare_types(const struct btf *btf)
{
	LIBBPF_OPTS(btf_dump_emit_type_decl_opts, opts, .field_name = "x");
	struct btf_dump *d = new_dump(btf);
	unsigned int id;

	if (setjmp(no_room))
		return;
	for (id = 1; d && id < btf__type_cnt(btf); id++)
		btf_dump__emit_type_decl(d, id, &opts);
	btf_dump__free(d);
}

/* Shows data as a value of a type. Bits of options: compact, without names, with zeroes, indented. */
struct question {
	unsigned int id, size, given, options;
	int must; /* what has to be returned, INT_MIN where that is open */
	const char *data;
	const char *names[4]; /* what has to be shown, since it is not zero */
};

static int ask(struct btf_dump *d, const struct question *q, const void *data)
{
	LIBBPF_OPTS(btf_dump_type_data_opts, opts, .compact = q->options & 1, .skip_names = q->options >> 1 & 1,
		    .emit_zeroes = q->options >> 2 & 1);

	if (q->options & 8) {
		opts.indent_str = "  ";
		opts.indent_level = 2;
	}
	shown_len = 0;
	shown[0] = 0;
	if (setjmp(no_room))
		return q->size;
	return btf_dump__dump_type_data(d, q->id, data, q->given, &opts);
}

static void show_data(const struct btf *btf, const struct question *q)
{
	static char readable[16384] __attribute__((aligned(16)));
	long page = sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct btf_dump *d = new_dump(btf);
	int got, i;

	if (btf__resolve_size(btf, q->id) != q->size)
		return;
	/* Bytes may be read behind these. */
	memset(readable, 0x5a, sizeof(readable));
	memcpy(readable, q->data, q->given);
	got = ask(d, q, readable);
	if ((got >= 0 && got != (int)q->size) || (q->must != INT_MIN && got != q->must))
		say("type %u of %u bytes, shown from %u: %d\n", q->id, q->size, q->given, got);
	for (i = 0; i < 4 && q->names[i]; i++)
		if (!strstr(shown, q->names[i]))
			say("type %u: '%s' is not zero and not shown\n", q->id, q->names[i]);
	/* And not behind these. */
	if (pages != MAP_FAILED && !mprotect(pages + page, page, PROT_NONE)) {
		memcpy(pages + page - q->given, q->data, q->given);
		ask(d, q, pages + page - q->given);
	}
	btf_dump__free(d);
}

)";

constexpr std::string_view kSwapHelper = R"(
/* What is written in the other byte order can be read again. */
static void reads_swapped(struct btf *btf, struct btf *below)
{
	int other = btf__endianness(btf) == BTF_BIG_ENDIAN ? BTF_LITTLE_ENDIAN : BTF_BIG_ENDIAN;
	unsigned int len = 0;
	struct btf *again;
	const void *raw;

	if (btf__set_endianness(btf, other))
		return;
	raw = btf__raw_data(btf, &len);
	again = raw ? btf__new_split(raw, len, below) : NULL;
	if (!raw || libbpf_get_error(again))
		say("what was written in the other byte order cannot be read again\n");
}

)";

// What a question's answer has to be, or INT_MIN where our own reading does not say.
std::string must_of(const DataQuestion& question) {
  if (!question.regular) return "INT_MIN";
  if (!is_too_short(question)) return std::to_string(question.size);
  return (question.options & kEmitZeroes) != 0 ? "-E2BIG" : "INT_MIN";
}

std::string names_of(const btf::Btf& top, const DataQuestion& question, Bytes data) {
  const bool open = !question.regular || is_too_short(question) ||
                    (question.options & (kEmitZeroes | kSkipNames)) != 0;
  std::string text;
  if (open) return text;
  std::size_t count = 0;
  for (const std::string_view name : shown_members(top, question, data))
    if (count++ < 4)
      text += (count > 1 ? ", " : "") + c_literal("." + std::string(name) + " = ", "");
  return text;
}

std::string question_text(const Pair& pair, const btf::Btf& top, const DataQuestion& question) {
  std::vector<std::byte> data(question.given);
  fill_data(pair, question, data);
  std::string literal;
  for (const std::byte byte : data)
    literal += fmt::format("\\x{:02x}", static_cast<unsigned>(byte));
  return fmt::format(
      "\t{{ {}, {}, {}, {}, {}, \"{}\", {{ {} }} }},\n", question.id, question.size, question.given,
      question.options, must_of(question), literal,
      names_of(top, question, data).empty() ? "NULL" : names_of(top, question, data));
}

std::string questions_table(const Pair& pair, const btf::BtfPtr& top) {
  std::string text = "static const struct question questions[] = {\n";
  std::size_t count = 0;
  if (top)
    for (const DataQuestion& question : data_questions(*top)) {
      if (question.size > kMostData || count++ >= kMostQuestions) continue;
      text += question_text(pair, *top, question);
    }
  if (count == 0) text += "\t{ 0, 0, 0, 0, INT_MIN, \"\", { NULL } },\n";
  return text + "};\n\n";
}

}  // namespace

std::string holds_expected(const ExportInput& /*input*/) {
  return "accepted\n";
}

std::string reparse_body(const ExportInput& input) {
  const std::vector<CPart> parts = parts_in_order(input.pair, input.op);
  const CPart& top = top_part(parts);
  return std::string(kSwapHelper) +
         run_function(input, fmt::format("\tunsigned int id;\n\n"
                                         "\tfor (id = 1; id < btf__type_cnt({0}); id++) {{\n"
                                         "\t\tbtf__align_of({0}, id);\n"
                                         "\t\tbtf__resolve_size({0}, id);\n"
                                         "\t}}\n"
                                         "\treads_swapped({0}, {1});\n"
                                         "\taccept_if_silent();\n",
                                         top.variable, top.on.empty() ? "NULL" : top.on));
}

std::string dump_body(const ExportInput& input) {
  const std::vector<CPart> parts = parts_in_order(input.pair, input.op);
  const CPart& top = top_part(parts);
  return std::string(kDumpHelpers) + questions_table(input.pair, top.read) +
         run_function(input,
                      fmt::format("\tunsigned int i;\n\n"
                                  "\tdump_types({0});\n\tdeclare_types({0});\n"
                                  "\tfor (i = 0; i < sizeof(questions) / sizeof(questions[0]) && "
                                  "questions[i].id; i++)\n"
                                  "\t\tshow_data({0}, &questions[i]);\n"
                                  "\taccept_if_silent();\n",
                                  top.variable));
}

}  // namespace retort
