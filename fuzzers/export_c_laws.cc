// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Laws in C: the same operations on the pair and on a variant that says the same, or on what came
// of an operation before, and their answers compared by what the types say.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "fuzzers/export_c_ops.h"
#include "fuzzers/export_c_support.h"
#include "fuzzers/export_parts.h"
#include "oracles/properties/variants.h"

namespace retort {
namespace {

constexpr std::string_view kAsking =
    R"(enum op { CHECK, FIND, DISTILL, RELOCATE, ROUNDTRIP, DEDUP };

static const char *name_of(enum op op)
{
	static const char *const names[] = { "check", "find", "distill", "relocate", "roundtrip", "dedup" };

	return names[op];
}

#define MOST_LAYERS 16

/* The parts of an input: the layers of a stack, lowest first, and a target. */
struct raw {
	const char *tag;
	const void *data;
	const unsigned int *len;
};

struct input {
	struct btf *stack[MOST_LAYERS], *target, *low, *high;
	int layers;
};

static void text_to(FILE *to, const struct btf *btf)
{
	char *text = meaning_of(btf);

	fprintf(to, "%s", text);
	free(text);
}

/* Opens the parts, or writes which of them is refused. */
static int open_input(FILE *to, struct input *in, const struct raw *parts, enum op op)
{
	*in = (struct input){ .target = NULL };
	for (; parts->tag; parts++) {
		int is_target = !strcmp(parts->tag, "TRGT");
		struct btf *below = in->layers && !is_target ? in->stack[in->layers - 1] : NULL, *btf;
		long err;

		if (is_target && (op == FIND || op == DISTILL || op == DEDUP))
			continue;
		btf = btf__new_split(parts->data, *parts->len, below);
		err = libbpf_get_error(btf);
		if (err) {
			fprintf(to, "rejected at %s with errno %ld\n", parts->tag, -err);
			return 0;
		}
		if (is_target)
			in->target = btf;
		else if (in->layers < MOST_LAYERS)
			in->stack[in->layers++] = btf;
	}
	return 1;
}

static void find_all(FILE *to, const struct btf *btf)
{
	unsigned int id;

	for (id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name = btf__str_by_offset(btf, t->name_off);

		if (name && *name)
			fprintf(to, "'%s' %d %d\n", name, btf__find_by_name(btf, name),
				btf__find_by_name_kind(btf, name, btf_kind(t)));
	}
}

/* As whoever stores what was distilled reads it. */
static struct btf *reread(const struct btf *btf, struct btf *below)
{
	unsigned int len = 0;
	const void *raw = btf__raw_data(btf, &len);
	struct btf *again = raw ? btf__new_split(raw, len, below) : NULL;

	return libbpf_get_error(again) ? NULL : again;
}

/* What comes of the operation, as text. */
static int operate(FILE *to, struct input *in, enum op op)
{
	struct btf *top = in->layers ? in->stack[in->layers - 1] : in->target;
	int err = 0, i;

	switch (op) {
	case CHECK:
		for (i = 0; i < in->layers; i++)
			text_to(to, in->stack[i]);
		if (in->target)
			text_to(to, in->target);
		return 0;
	case FIND:
		find_all(to, top);
		return 0;
	case DISTILL:
	case ROUNDTRIP:
		err = btf__distill_base(top, &in->low, &in->high);
		if (err)
			break;
		if (op == DISTILL) {
			text_to(to, in->low);
			text_to(to, in->high);
			return 0;
		}
		in->low = reread(in->low, NULL);
		in->high = in->low ? reread(in->high, in->low) : NULL;
		if (!in->high) {
			fprintf(to, "what was distilled cannot be read again\n");
			return -EINVAL;
		}
		err = btf__relocate(in->high, in->target ? in->target : in->stack[0]);
		if (!err)
			text_to(to, in->high);
		break;
	case RELOCATE:
		err = btf__relocate(top, in->target);
		if (!err)
			text_to(to, top);
		break;
	case DEDUP:
		err = btf__dedup(top, NULL);
		if (!err)
			text_to(to, top);
		break;
	}
	if (err)
		fprintf(to, "rejected with errno %d\n", -err);
	return err;
}

/* The input stays open, so that its results can be used. */
static char *ask(struct input *in, const struct raw *parts, enum op op, int *err)
{
	size_t size;
	char *text;
	FILE *to = open_memstream(&text, &size);

	*err = -1;
	if (open_input(to, in, parts, op))
		*err = operate(to, in, op);
	fclose(to);
	return text;
}

)";

constexpr std::string_view kVariant = R"(/* Both say the same, so that both get the same answer. */
static void compare(const char *what, const struct raw *variant, enum op op)
{
	struct input in;
	int err, variant_err;
	char *text = ask(&in, original, op, &err), *variant_text = ask(&in, variant, op, &variant_err);

	/* A string of a distilled base that names no type there is refused; what is written anew has none. */
	if (err == -ENOENT)
		return;
	if (strcmp(text, variant_text))
		say("%s:\n%sof the variant %s:\n%s", name_of(op), text, what, variant_text);
}

)";

constexpr std::string_view kRoundTrip =
    R"(/* What was distilled goes back to the base that it came from, or names an ambiguity which that has. */
static void come_home(int names_are_unique)
{
	struct input in, again;
	int err, ignored;
	char *text = ask(&in, home, ROUNDTRIP, &err), *was = NULL;
	size_t size;
	FILE *to;

	if (!in.high)
		return;
	if (err) {
		if (names_are_unique)
			say("no relocation onto the base it came from: %s", text);
		return;
	}
	if (in.layers > 2)
		return;
	free(ask(&again, home, DISTILL, &ignored));
	to = open_memstream(&was, &size);
	text_to(to, again.stack[again.layers - 1]);
	fclose(to);
	/* Types that stay out of the distilled base come after the split's own. */
	if (strncmp(was, text, strlen(was)))
		say("the split was:\n%sand came back as:\n%s", was, text);
}

)";

constexpr std::string_view kDistilledAgain = R"(/* Distilling what was distilled changes nothing. */
static void distill_again(void)
{
	unsigned int base_len, split_len;
	struct raw distilled[3] = { { "BASE", NULL, &base_len }, { "SPLT", NULL, &split_len }, { NULL, NULL, NULL } };
	struct input in, again;
	int err;
	char *once = ask(&in, original, DISTILL, &err), *twice;

	if (err || btf__type_cnt(in.low) == 1)
		return;
	distilled[0].data = btf__raw_data(in.low, &base_len);
	distilled[1].data = btf__raw_data(in.high, &split_len);
	twice = ask(&again, distilled, DISTILL, &err);
	if (strcmp(once, twice))
		say("distilled once:\n%sdistilled twice:\n%s", once, twice);
}

)";

constexpr std::string_view kResults = R"(/* What comes of valid input can be read again. */
static void read_again(const struct btf *btf, struct btf *below, enum op op)
{
	if (!reread(btf, below))
		say("%s: the result cannot be read again\n", name_of(op));
}

static void check_result(enum op op)
{
	struct input in;
	int err;

	free(ask(&in, original, op, &err));
	if (err)
		return;
	/* A base without a type is refused as a base of its own. */
	if (op == DISTILL && btf__type_cnt(in.low) == 1)
		return;
	if (op == DISTILL) {
		read_again(in.low, NULL, op);
		read_again(in.high, in.low, op);
	} else {
		read_again(in.high ? in.high : in.stack[in.layers - 1], in.target ? in.target : in.stack[0], op);
	}
}

)";

struct AskedOp {
  Op op;
  std::string_view name;
};
constexpr std::array<AskedOp, 6> kAsked = {{{.op = Op::check, .name = "CHECK"},
                                            {.op = Op::find, .name = "FIND"},
                                            {.op = Op::distill, .name = "DISTILL"},
                                            {.op = Op::relocate, .name = "RELOCATE"},
                                            {.op = Op::roundtrip, .name = "ROUNDTRIP"},
                                            {.op = Op::dedup, .name = "DEDUP"}}};

class LawsWriter {
 public:
  LawsWriter(const ExportInput& input, const Layers& layers) : input_(input), layers_(layers) {
    for (const AskedOp& asked : kAsked)
      for (const Op op : ops_of(input.pair))
        if (op == asked.op) ops_.push_back(asked);
  }

  std::string write() {
    if (input_.property != "round-trip") add_input("original", "", input_.pair);
    if (wants("byte-order"))
      add_variant("in_other_order", "in the other byte order",
                  in_other_byte_order(input_.pair, layers_));
    if (wants("idle-strings"))
      add_variant("with_idle_strings", "with a string that nothing uses",
                  with_idle_strings(input_.pair, layers_));
    const bool has_order = layers_.target && names_are_unique(*layers_.target);
    if (has_order && wants("target-order"))
      add_variant("target_reversed", "with the target's types in reverse order",
                  with_target_reversed(input_.pair, layers_), true);
    add_results();
    return std::string(kTypesAsText) + std::string(kAsking) + arrays_ + helpers_ +
           "static void run(void)\n{\n" + calls_ + "\taccept_if_silent();\n}\n";
  }

 private:
  // The law that is broken is enough; where none is, all that can be tried.
  [[nodiscard]] bool wants(std::string_view law) const {
    return input_.property.empty() || input_.property == law;
  }
  [[nodiscard]] bool has(Op op) const {
    return std::ranges::find(ops_, op, &AskedOp::op) != ops_.end();
  }

  void add_input(const std::string& name, const std::string& prefix, const Pair& pair) {
    std::string table = "static const struct raw " + name + "[] = {\n";
    for (CPart part : parts_in_order(pair, Op::relocate)) {
      const std::string variable = part.variable;
      part.variable = prefix + variable;
      part.on = part.on.empty() ? "" : prefix + part.on;
      // The pair's own parts are written by who puts the file together.
      if (!prefix.empty()) arrays_ += c_array(part) + "\n";
      table += fmt::format("\t{{ \"{0}\", {1}_raw, &{1}_len }},\n", part.tag, part.variable);
    }
    arrays_ += table + "\t{ NULL, NULL, NULL },\n};\n\n";
  }

  void add_helper(std::string_view helper) {
    if (helpers_.find(helper) == std::string::npos) helpers_ += helper;
  }

  void add_variant(const std::string& name, std::string_view words, const Pair& variant,
                   bool only_relocated = false) {
    std::string calls;
    for (const AskedOp& asked : ops_)
      if (!only_relocated || asked.op == Op::relocate || asked.op == Op::roundtrip)
        calls += fmt::format("\tcompare(\"{}\", {}, {});\n", words, name, asked.name);
    if (calls.empty()) return;
    add_input(name, name + "_", variant);
    add_helper(kVariant);
    calls_ += calls;
  }

  void add_results() {
    if (has(Op::roundtrip) && wants("round-trip")) {
      Pair home = input_.pair;
      std::erase_if(home.parts, [](const Part& part) { return part.tag == kTarget; });
      add_input("home", "", home);
      add_helper(kRoundTrip);
      const bool unique = layers_.stack.size() <= 2 && names_are_unique(*layers_.stack[0]);
      calls_ += fmt::format("\tcome_home({});\n", unique ? 1 : 0);
    }
    if (has(Op::distill) && wants("distilled-again")) {
      add_helper(kDistilledAgain);
      calls_ += "\tdistill_again();\n";
    }
    if (!wants("results-are-valid")) return;
    for (const AskedOp& asked : ops_) {
      if (asked.op != Op::distill && asked.op != Op::relocate && asked.op != Op::roundtrip)
        continue;
      add_helper(kResults);
      calls_ += fmt::format("\tcheck_result({});\n", asked.name);
    }
  }

  const ExportInput& input_;
  const Layers& layers_;
  std::vector<AskedOp> ops_;
  std::string arrays_;
  std::string helpers_;
  std::string calls_;
};

}  // namespace

std::string laws_body(const ExportInput& input) {
  const auto layers = well_formed_layers(input.pair);
  const bool on_stack = input.pair.find(kDistilled) != nullptr && input.pair.splits().size() > 1;
  if (layers && !on_stack) return LawsWriter(input, *layers).write();
  return "/* No law is put to what is not well-formed, nor to a stack on a distilled base. */\n"
         "static void run(void)\n{\n\taccept_if_silent();\n}\n";
}

}  // namespace retort
