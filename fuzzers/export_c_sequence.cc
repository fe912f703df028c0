// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What makes calls again and again, in C: a program, once alone, once with questions and once with
// objects parsed anew between its calls; and every operation of the pair with one allocation after
// the other failing.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "fuzzers/export_c_ops.h"
#include "fuzzers/export_c_support.h"
#include "fuzzers/export_parts.h"
#include "fuzzers/export_program.h"

namespace retort {
namespace {

// An operation whose allocations fail returns its code, and leaves what came of it to be read.
constexpr std::string_view kTryParts = R"(#define MOST_LAYERS 16

static struct btf *opened[MOST_LAYERS], *target, *low, *high;
static int layers; /* of the stack */
static char *before; /* the types of the top layer before the operation */

static int open_one(struct btf **part, const void *data, unsigned int len, struct btf *below)
{
	*part = btf__new_split(data, len, below);
	return libbpf_get_error(*part);
}

static int open_layer(const void *data, unsigned int len)
{
	int err;

	if (layers == MOST_LAYERS)
		return -E2BIG;
	err = open_one(&opened[layers], data, len, layers ? opened[layers - 1] : NULL);
	layers += !err;
	return err;
}

static struct btf *top(void)
{
	return layers ? opened[layers - 1] : target;
}

/* Not part of the operation: what is allocated here neither counts nor fails. */
static void remember(void)
{
	in_libbpf = 0;
	before = text_of(top());
	in_libbpf = 1;
}

static void free_all_parts(void)
{
	in_libbpf = 1;
	btf__free(high);
	btf__free(low);
	btf__free(target);
	while (layers)
		btf__free(opened[--layers]);
	in_libbpf = 0;
	high = low = target = NULL;
	free(before);
	before = NULL;
}

)";

constexpr std::string_view kTryOperation = R"(/* What came of an operation, as text. */
static char *outcome_of(int err, int keeps_input)
{
	char *text;

	if (err) {
		text = before && keeps_input ? text_of(top()) : NULL;
		if (text && strcmp(text, before))
			say("the operation failed, and its input has changed\n");
		free(text);
		return strdup("");
	}
	return text_of(high ? high : top());
}

/* Makes one allocation after the other fail: then the operation says ENOMEM, or what it says else. */
static void try_operation(const char *name, int (*operation)(void), int keeps_input)
{
	char *expected = NULL, *came;
	int err, expected_err = 0;

	has_failed = 1;
	for (fail_at = 0; has_failed && fail_at <= MOST_FAILURES; fail_at++) {
		asked_for = has_failed = live = 0;
		in_libbpf = 1;
		err = operation();
		in_libbpf = 0;
		came = outcome_of(err, keeps_input);
		if (!fail_at) {
			expected = came;
			expected_err = err;
			has_failed = 1;
		} else {
			if (has_failed && err != -ENOMEM && (err != expected_err || strcmp(came, expected)))
				say("%s with allocation %d failing: the code is %d\n", name, fail_at, err);
			free(came);
		}
		free_all_parts();
		if (live)
			say("%s with allocation %d failing: %ld are not given back\n", name, fail_at, live);
	}
	free(expected);
}

)";

struct Tried {
  Op op;
  bool wants_target;
  bool keeps_input;  ///< where it fails
  std::string_view calls;
};
constexpr std::array<Tried, 5> kTried = {{
    {.op = Op::check, .wants_target = true, .keeps_input = false, .calls = ""},
    {.op = Op::distill,
     .wants_target = false,
     .keeps_input = true,
     .calls = "\tremember();\n\treturn btf__distill_base(top(), &low, &high);\n"},
    {.op = Op::relocate,
     .wants_target = true,
     .keeps_input = true,
     .calls = "\tremember();\n\treturn btf__relocate(top(), target);\n"},
    {.op = Op::roundtrip,
     .wants_target = true,
     .keeps_input = false,
     .calls = "\terr = btf__distill_base(top(), &low, &high);\n"
              "\treturn err ? err : btf__relocate(high, target ? target : opened[0]);\n"},
    {.op = Op::dedup,
     .wants_target = false,
     .keeps_input = false,
     .calls = "\treturn btf__dedup(top(), NULL);\n"},
}};

// Beside a distilled base the full one lies alone.
bool is_in_stack(const CPart& part, const Pair& pair) {
  return part.tag == kSplit || part.tag == (pair.find(kDistilled) != nullptr ? kDistilled : kBase);
}

std::string try_function(const Tried& tried, const Pair& pair) {
  std::string text =
      fmt::format("static int try_{}(void)\n{{\n\tint err = 0;\n\n", op_name(tried.op));
  for (const CPart& part : parts_in_order(pair, tried.op)) {
    const bool in_stack = is_in_stack(part, pair);
    if (!in_stack && (part.tag != kTarget || !tried.wants_target)) continue;
    text += fmt::format("\terr = {}{}_raw, {}_len{});\n\tif (err)\n\t\treturn err;\n",
                        in_stack ? "open_layer(" : "open_one(&target, ", part.variable,
                        part.variable, in_stack ? "" : ", NULL");
  }
  return text + (tried.calls.empty() ? "\treturn err;\n" : std::string(tried.calls)) + "}\n\n";
}

}  // namespace

std::string sequence_body(const ExportInput& input) {
  return std::string(kTypesAsText) + program_as_c(input.pair, CRuns::compared) +
         "static void run(void)\n{\n\trun_program();\n\taccept_if_silent();\n}\n";
}

std::string nomem_body(const ExportInput& input) {
  std::string text = std::string(kTypesAsText) + std::string(kFailingAllocator);
  std::string calls;
  const std::vector<Op> ops = ops_of(input.pair);
  for (const Tried& tried : kTried) {
    if (std::ranges::find(ops, tried.op) == ops.end()) continue;
    if (calls.empty()) text += std::string(kTryParts) + std::string(kTryOperation);
    text += try_function(tried, input.pair);
    calls += fmt::format("\ttry_operation(\"{0}\", try_{0}, {1});\n", op_name(tried.op),
                         tried.keeps_input ? 1 : 0);
  }
  const bool has_program = input.pair.find(kProgram) != nullptr;
  if (has_program) text += program_as_c(input.pair, CRuns::failing);
  if (has_program) calls += "\trun_program();\n";
  return text + "static void run(void)\n{\n" + calls + "\taccept_if_silent();\n}\n";
}

}  // namespace retort
