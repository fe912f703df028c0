// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The C file. It runs the calls in a child, since they may crash or hang, and compares what was
// said there with what is expected, as text: so each operation only has to say what came of it.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "fuzzers/export.h"
#include "fuzzers/export_c_ops.h"
#include "fuzzers/export_parts.h"
#include "fuzzers/export_prune.h"

namespace retort {
namespace {

constexpr std::string_view kPrelude = R"(#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define SECONDS 10

/* What came of the calls, as text; the parent reads and compares it. */
static FILE *out;
static int said;

static void say(const char *format, ...)
{
	va_list args;

	said = 1;
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
}

)";

constexpr std::string_view kAccept = R"(/* Everything holds where nothing was said. */
static void accept_if_silent(void)
{
	if (!said)
		say("accepted\n");
}

)";

constexpr std::string_view kOpenPart =
    R"(/* A part; NULL, having said what follows from that, where libbpf refuses it. */
static struct btf *open_part(const char *tag, const void *data, unsigned int len, struct btf *below)
{
	struct btf *btf = btf__new_split(data, len, below);
	long err = libbpf_get_error(btf);

	if (!err)
		return btf;
	say(REFUSED, tag, -err);
	return NULL;
}

)";

// Of what is refused no property can be broken.
std::string_view refused_text(Op op) {
  return is_property_op(op) ? "accepted\\n" : "rejected at %s with errno %ld\\n";
}
constexpr std::string_view kMain = R"(
static const char expected[] =
	{};

/* Everything that the child says, and how it died if it did. */
static char *listen_to(int fd, pid_t child)
{{
	size_t size = 0, room = 1 << 16;
	char *text = malloc(room);
	int status = 0;
	ssize_t got;

	while (text && (got = read(fd, text + size, room - size - 128)) > 0) {{
		size += got;
		if (room - size < 4096)
			text = realloc(text, room *= 2);
	}}
	if (!text)
		exit(2);
	waitpid(child, &status, 0);
	text[size] = 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		sprintf(text + size, "no answer within %d seconds\n", SECONDS);
	else if (WIFSIGNALED(status))
		sprintf(text + size, "killed by signal %d (%.60s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		sprintf(text + size, "ended with status %d\n", WEXITSTATUS(status));
	return text;
}}

int main(void)
{{
	const struct rlimit no_core = {{ 0, 0 }};
	const char *came;
	int ends[2];
	pid_t child;

	if (pipe(ends) || (child = fork()) < 0)
		return 2;
	if (!child) {{
		close(ends[0]);
		out = fdopen(ends[1], "w");
		setrlimit(RLIMIT_CORE, &no_core);
		alarm(SECONDS);
		run();
		fflush(out);
		_exit(0);
	}}
	close(ends[1]);
	came = listen_to(ends[0], child);
	printf("expected:\n%s\ncame:\n%s\n%s\n", expected, came,
	       strcmp(expected, came) ? "The difference shows." : "There is no difference.");
	return strcmp(expected, came) != 0;
}}
)";
}  // namespace

std::string open_calls(std::span<const CPart> parts) {
  std::string text;
  for (const CPart& part : parts)
    text += fmt::format(
        "\n\tstruct btf *{0} = open_part(\"{1}\", {0}_raw, {0}_len, {2});\n"
        "\tif (!{0})\n\t\treturn;\n",
        part.variable, part.tag, part.on.empty() ? "NULL" : part.on);
  return text;
}

std::string run_function(const ExportInput& input, std::string_view calls) {
  return "static void run(void)\n{" + open_calls(parts_in_order(input.pair, input.op)) + "\n" +
         std::string(calls) + "}\n";
}

namespace {

constexpr CSnippet kSnippets[] = {
    {.op = Op::check, .body = check_body, .expected = check_expected},
    {.op = Op::find, .body = find_body, .expected = find_expected},
    {.op = Op::distill, .body = distill_body, .expected = distill_expected},
    {.op = Op::relocate, .body = relocate_body, .expected = relocated_expected},
    {.op = Op::roundtrip, .body = roundtrip_body, .expected = relocated_expected},
    {.op = Op::dedup, .body = dedup_body, .expected = dedup_expected},
    {.op = Op::laws, .body = laws_body, .expected = holds_expected},
    {.op = Op::reparse, .body = reparse_body, .expected = holds_expected},
    {.op = Op::dump, .body = dump_body, .expected = holds_expected},
    {.op = Op::ext, .body = ext_body, .expected = holds_expected},
    {.op = Op::elf, .body = elf_body, .expected = holds_expected},
    {.op = Op::core, .body = core_body, .expected = holds_expected},
    {.op = Op::sequence, .body = sequence_body, .expected = holds_expected},
    {.op = Op::nomem, .body = nomem_body, .expected = holds_expected},
};

std::string expected_text(const ExportInput& input, const CSnippet& snippet) {
  if (input.expected.outcome != Outcome::rejected) return snippet.expected(input);
  return fmt::format("rejected at {} with errno {}\n", stage_name(input.expected.stage),
                     input.expected.code);
}

constexpr std::string_view kSanitizerNote =
    " * With -fsanitize=address, and a libbpf that was built so, damage to memory is named.\n";
// A sanitizer brings an allocator of its own.
constexpr std::string_view kAllocatorNote =
    " * It has an allocator of its own, so that it cannot be built with -fsanitize=address.\n";

std::string head_comment(const ExportInput& input) {
  std::string text =
      fmt::format("// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause\n/* {}: {}\n *\n",
                  for_comment(input.name), op_name(input.op));
  for (const std::string& line : explanation_lines(input)) text += " * " + for_comment(line) + "\n";
  const std::string file = c_identifier(input.name);
  return text + fmt::format(
                    " *\n"
                    " * Needs libbpf alone:\n"
                    " *   cc -o {0} {0}.c {1} -lelf -lz && ./{0}\n"
                    " * It prints what is expected and what came; status 1 where the two differ, 0 "
                    "where not.\n{2} */\n",
                    file, input.op == Op::core ? "-l:libbpf.a" : "-lbpf",
                    input.op == Op::nomem ? kAllocatorNote : kSanitizerNote);
}

}  // namespace

std::span<const CSnippet> c_snippets() {
  return kSnippets;
}

Exported export_c(const ExportInput& input) {
  const auto snippets = c_snippets();
  const auto snippet = std::ranges::find(snippets, input.op, &CSnippet::op);
  if (snippet == snippets.end())
    return std::unexpected(fmt::format("the operation {} has no form in C", op_name(input.op)));
  std::string text = head_comment(input);
  text += kPrelude;
  const std::string body = snippet->body(input);
  for (const CPart& part : parts_in_order(input.pair, input.op))
    if (body.contains(part.variable + "_raw")) text += c_array(part) + "\n";
  if (body.contains("SAID_TYPES")) text += fmt::format("#define SAID_TYPES {}\n\n", kSaidTypes);
  if (body.contains("accept_if_silent(")) text += kAccept;
  if (body.contains("open_part("))
    text += fmt::format("#define REFUSED \"{}\"\n\n{}", refused_text(input.op), kOpenPart);
  text += body + fmt::format(fmt::runtime(kMain), c_literal(expected_text(input, *snippet), "\t"));
  return without_unused_functions(text);
}

}  // namespace retort
