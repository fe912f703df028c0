// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// CO-RE in C. libbpf keeps its comparisons to itself, so that the file declares them: it links with
// the archive, not with the shared library.
#include <fmt/format.h>

#include "fuzzers/export_c_ops.h"
#include "fuzzers/export_parts.h"
#include "oracles/properties/core.h"
#include "oracles/properties/variants.h"

namespace retort {
namespace {

constexpr std::uint32_t kMaxTypes = 48;

constexpr std::string_view kInternal = R"(
#include <linux/bpf.h>
#include <stdbool.h>

/* What libbpf keeps to itself (relo_core.h): its archive has it, its shared library has not. */
struct bpf_core_cand {
	const struct btf *btf;
	__u32 id;
};

struct bpf_core_cand_list {
	struct bpf_core_cand *cands;
	int len;
};

struct bpf_core_relo_res {
	__u64 orig_val, new_val;
	bool poison, validate, fail_memsz_adjust;
	__u32 orig_sz, orig_type_id, new_sz, new_type_id;
};

struct bpf_core_spec;

int bpf_core_types_are_compat(const struct btf *local, __u32 local_id, const struct btf *target, __u32 target_id);
int bpf_core_types_match(const struct btf *local, __u32 local_id, const struct btf *target, __u32 target_id);
size_t bpf_core_essential_name_len(const char *name);
int bpf_core_add_cands(struct bpf_core_cand *local, size_t essential_len, const struct btf *target,
		       const char *target_name, int first_id, struct bpf_core_cand_list *cands);
int bpf_core_calc_relo_insn(const char *program, const struct bpf_core_relo *relo, int index,
			    const struct btf *local, struct bpf_core_cand_list *cands,
			    struct bpf_core_spec *scratch, struct bpf_core_relo_res *result);

)";

constexpr std::string_view kCoreHelpers = R"(#define MOST_TYPES {}

/* A relocation onto one type, or where its id is 0 onto every type that the name makes a candidate. */
static int relocate(struct btf *local, const struct relocation *what, const struct btf *target, __u32 target_id,
		    struct bpf_core_relo_res *result)
{{
	static char scratch[1 << 16] __attribute__((aligned(16))); /* three of struct bpf_core_spec */
	struct bpf_core_cand own = {{ local, what->id }}, one = {{ target, target_id }};
	struct bpf_core_cand_list cands = {{ target_id ? &one : NULL, target_id ? 1 : 0 }};
	struct bpf_core_relo relo = {{ .type_id = what->id, .kind = what->kind }};
	int err = btf__add_str(local, what->access);
	const char *name;

	if (err < 0)
		return err;
	name = btf__name_by_offset(local, btf__type_by_id(local, what->id)->name_off);
	relo.access_str_off = err;
	memset(result, 0, sizeof(*result));
	err = 0;
	if (!target_id && name && *name)
		err = bpf_core_add_cands(&own, bpf_core_essential_name_len(name), target, "target", 1, &cands);
	return err ? err : bpf_core_calc_relo_insn("repro", &relo, 0, local, &cands, (void *)scratch, result);
}}

static int is_compared(const struct btf_type *t)
{{
	/* Bit fields of integers are of an older form, and never compatible. */
	return !btf_is_func(t) && !btf_is_var(t) && !btf_is_datasec(t) && !btf_is_decl_tag(t) &&
	       !(btf_is_int(t) && btf_int_offset(t));
}}

/* A type is compatible with itself, and matches itself. A negative answer is a limit on depth. */
static void compare_with_itself(const struct btf *btf)
{{
	unsigned int id;

	for (id = 1; id < btf__type_cnt(btf) && id < MOST_TYPES; id++) {{
		if (!is_compared(btf__type_by_id(btf, id)))
			continue;
		if (!bpf_core_types_are_compat(btf, id, btf, id))
			say("type %u is not compatible with itself\n", id);
		if (!bpf_core_types_match(btf, id, btf, id))
			say("type %u does not match itself\n", id);
	}}
}}

/* Relocation of a type onto itself changes nothing. */
static void relocate_onto_itself(struct btf *btf)
{{
	struct bpf_core_relo_res result;
	const struct relocation *r;

	for (r = relocations; r->id; r++) {{
		if (r->id >= btf__type_cnt(btf) || bpf_core_types_are_compat(btf, r->id, btf, r->id) != 1 ||
		    bpf_core_types_match(btf, r->id, btf, r->id) != 1 || relocate(btf, r, btf, r->id, &result))
			continue;
		if (result.poison || result.orig_val != result.new_val)
			say("relocation %u of type %u, %s: %llu becomes %llu\n", r->kind, r->id, r->access,
			    (unsigned long long)result.orig_val, (unsigned long long)result.new_val);
	}}
}}

)";

constexpr std::string_view kAnswers = R"(/* All answers, as text. */
static char *answers(struct btf *btf, const struct btf *target)
{
	unsigned int id, aims = btf__type_cnt(target), turn;
	struct bpf_core_relo_res result;
	const struct relocation *r;
	size_t size;
	char *text;
	FILE *to = open_memstream(&text, &size);

	for (id = 1; id < btf__type_cnt(btf) && id < MOST_TYPES && aims > 1; id++)
		for (turn = 0; turn < 2; turn++) {
			unsigned int aim = 1 + (turn ? id * 7 : id - 1) % (aims - 1);

			fprintf(to, "%u and %u: %d %d\n", id, aim, bpf_core_types_are_compat(btf, id, target, aim),
				bpf_core_types_match(btf, id, target, aim));
		}
	for (r = relocations; r->id; r++) {
		int err = r->id < btf__type_cnt(btf) ? relocate(btf, r, target, 0, &result) : 0;

		if (r->id < btf__type_cnt(btf))
			fprintf(to, "relocation %u of %u, %s: %d %llu %d\n", r->kind, r->id, r->access, err,
				err ? 0 : (unsigned long long)result.new_val, err ? 0 : result.poison);
	}
	fclose(to);
	return text;
}

)";

std::string relocations_table(const ExportInput& input, const CPart& top) {
  std::string text =
      "/* As enum bpf_core_relo_kind has them; the last has no id. */\n"
      "static const struct relocation {\n\tunsigned int kind, id;\n\tconst char *access;\n"
      "} relocations[] = {\n";
  for (const CoreLine& line : core_lines(input.pair, top.read ? top.read->end_id() : 1))
    if (line.id != 0)
      text += fmt::format("\t{{ {}, {}, {} }},\n", line.kind, line.id, c_literal(line.access, ""));
  return text + "\t{ 0, 0, NULL },\n};\n\n";
}

// What is refused as a target is left out: the stack is compared with itself.
std::string open_target(const std::vector<CPart>& parts, std::string_view prefix,
                        std::string_view instead) {
  for (const CPart& part : parts)
    if (part.tag == kTarget)
      return fmt::format(
          "\tstruct btf *{0}aim = btf__new_split({1}_raw, {1}_len, NULL);\n\n"
          "\tif (libbpf_get_error({0}aim))\n\t\t{0}aim = {2};\n",
          prefix, part.variable, instead);
  return fmt::format("\tstruct btf *{}aim = {};\n\n", prefix, instead);
}

std::vector<CPart> stack_only(const std::vector<CPart>& parts) {
  std::vector<CPart> stack;
  for (const CPart& part : parts)
    if (part.tag != kTarget) stack.push_back(part);
  return stack;
}

}  // namespace

std::string core_body(const ExportInput& input) {
  const std::vector<CPart> parts = parts_in_order(input.pair, input.op);
  const std::string top = top_part(parts).variable;
  std::string text = std::string(kInternal) + relocations_table(input, top_part(parts)) +
                     fmt::format(fmt::runtime(kCoreHelpers), kMaxTypes);
  std::string calls = open_calls(stack_only(parts));
  std::string order;
  if (const auto layers = well_formed_layers(input.pair)) {
    const Pair other = in_other_byte_order(input.pair, *layers);
    std::vector<CPart> swapped = parts_in_order(other, input.op);
    for (CPart& part : swapped) {
      part.variable = "other_" + part.variable;
      if (!part.on.empty()) part.on = "other_" + part.on;
      text += c_array(part) + "\n";
    }
    text += kAnswers;
    calls += open_calls(stack_only(swapped)) + open_target(parts, "", top) +
             open_target(swapped, "other_", "other_" + top);
    order = fmt::format(
        "\tif (strcmp(answers({0}, aim), answers(other_{0}, other_aim)))\n"
        "\t\tsay(\"other answers in the other byte order\\n\");\n",
        top);
  }
  return text + fmt::format(
                    "static void "
                    "run(void)\n{{{0}\n\tlibbpf_set_print(NULL);\n\tcompare_with_itself({1});\n"
                    "\trelocate_onto_itself({1});\n{2}\taccept_if_silent();\n}}\n",
                    calls, top, order);
}

}  // namespace retort
