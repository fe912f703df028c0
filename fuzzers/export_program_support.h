// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The C that every exported program begins and ends with: the objects that it makes, what is looked
// at after each call, and the runs that are made of the calls.
#pragma once

#include <string_view>

namespace retort {

// What is checked around every call. `kept` compares the state after an append with that before.
inline constexpr std::string_view kProgramSupport = R"(struct object {
	struct btf *btf, *base;
	int added[256], count, pointer_size;
};

static struct btf *all[1024]; /* every object, so that it can be freed at the end */
static int all_count;
static long result;
static const char *failed; /* the first promise that was broken */
static int failed_call;

static void broken(int call, const char *what)
{
	if (!failed)
		failed_call = call;
	failed = failed ? failed : what;
}

)";

inline constexpr std::string_view kObjects =
    R"(static void made(struct object *o, struct btf *btf, struct btf *base, int pointer_size)
{
	*o = (struct object){ .btf = btf, .base = base, .pointer_size = pointer_size };
	if (btf && all_count < 1024)
		all[all_count++] = btf;
}

static void free_one(struct object *o)
{
	int i;

	for (i = 0; i < all_count; i++)
		if (all[i] == o->btf)
			all[i] = NULL;
	IN_LIBBPF(btf__free(o->btf));
	o->btf = NULL;
}

static void free_all(void)
{
	while (all_count--)
		IN_LIBBPF(btf__free(all[all_count]));
	all_count = 0;
}

/* What failed changed nothing, and what was there is still there: all of it, but for the end of the
 * last type where that grows. After a relocation only a failure has nothing changed.
 */
static void kept(int line, struct object *o, char *before, int grows)
{
	char *now = text_of(o->btf);
	size_t length = strlen(before);

	if (grows > 0 && length > 2)
		length -= 2;
	if (result < 0 && strcmp(before, now))
		broken(line, "what failed changed the types");
	if (result >= 0 && grows >= 0 && strncmp(before, now, length))
		broken(line, "an earlier type is not what it was");
	free(now);
	free(before);
}

static int all_of(struct object *o, unsigned int rank)
{
	unsigned int count = btf__type_cnt(o->btf);

	return count > 1 ? 1 + rank % (count - 1) : 0;
}

static int own_of(struct object *o, unsigned int rank)
{
	unsigned int first = first_own(o->btf), count = btf__type_cnt(o->btf);

	return count > first ? first + rank % (count - first) : 0;
}

static int new_of(struct object *o, unsigned int rank)
{
	return o->count ? o->added[o->count - 1 - rank % o->count] : 0;
}

static int beyond(struct object *o, unsigned int rank)
{
	return btf__type_cnt(o->btf) + rank;
}

static void note(struct object *o)
{
	if (result > 0 && o->count < 256)
		o->added[o->count++] = result;
}

)";

inline constexpr std::string_view kPermute = R"(/* Only newer versions have it. */
struct btf_permute_opts;
extern int btf__permute(struct btf *btf, __u32 *id_map, __u32 id_map_cnt, const struct btf_permute_opts *opts)
	__attribute__((weak));

/* The last type becomes the first, or each moves up by so many places. */
static int permute(struct object *o, unsigned long long places)
{
	static __u32 map[1 << 20];
	unsigned int first = first_own(o->btf), count = btf__type_cnt(o->btf) - first, i;
	unsigned int lead = btf__base_btf(o->btf) ? 0 : 1;
	int err;

	if (!btf__permute || count >= 1 << 20)
		return 0;
	for (i = 0; i < count; i++)
		map[lead + i] = first + (places ? (i + places % count) % count : count - 1 - i);
	err = btf__permute(o->btf, map, lead + count, NULL);
	for (i = 0; !err && (int)i < o->count; i++)
		o->added[i] = map[o->added[i] - first + lead];
	return err;
}

)";

inline constexpr std::string_view kComparedSupport = R"(#define IN_LIBBPF(call) (call)

/* What is done between the calls: nothing, or questions, or the object is parsed anew from its bytes. */
static enum { NOTHING, QUESTIONS, PARSE_ANEW } between;

static void leave(int line)
{
	if (result < 0 && errno != -result)
		broken(line, "the code is not what errno says");
}

)";

inline constexpr std::string_view kLook = R"(static int bears_another(const struct btf *btf)
{
	int i;

	for (i = 0; i < all_count; i++)
		if (all[i] && btf__base_btf(all[i]) == btf)
			return 1;
	return 0;
}

static void replace(struct object *o, struct btf *again)
{
	int i;

	if (o->pointer_size)
		btf__set_pointer_size(again, o->pointer_size);
	for (i = 0; i < all_count; i++)
		if (all[i] == o->btf)
			all[i] = again;
	btf__free(o->btf);
	o->btf = again;
}

/* The bytes of an object hold the types that it shows. */
static void look(int line, struct object *o)
{
	unsigned int size;
	const void *raw;
	struct btf *again;
	char *seen, *held;

	if (between == NOTHING || !o->btf)
		return;
	if (between == QUESTIONS)
		btf__pointer_size(o->btf);
	raw = btf__raw_data(o->btf, &size);
	again = raw ? btf__new_split(raw, size, o->base) : NULL;
	if (libbpf_get_error(again) || !again) {
		if (is_whole(o->btf))
			broken(line, "the bytes of the object cannot be parsed");
		return;
	}
	seen = text_of(o->btf);
	held = text_of(again);
	if (strcmp(seen, held))
		broken(line, "the bytes of the object hold other types than it shows");
	free(seen);
	free(held);
	if (between == PARSE_ANEW && !bears_another(o->btf))
		replace(o, again);
	else
		btf__free(again);
}

/* Setting the other byte order and the former again gives the same bytes. */
static void turn(int line, struct object *o)
{
	int old = btf__endianness(o->btf);
	unsigned int before, amid, after;

	if (between != QUESTIONS)
		return;
	btf__raw_data(o->btf, &before);
	btf__set_endianness(o->btf, old == BTF_LITTLE_ENDIAN ? BTF_BIG_ENDIAN : BTF_LITTLE_ENDIAN);
	btf__raw_data(o->btf, &amid);
	btf__set_endianness(o->btf, old);
	btf__raw_data(o->btf, &after);
	if (before != after)
		broken(line, "turning the byte order over and back changes the number of bytes");
}

)";

inline constexpr std::string_view kRunCompared = R"(static void run_program(void)
{
	static long plain[CALLS], asked[CALLS], anew[CALLS];
	long call, calls = run_calls(plain);

	between = QUESTIONS;
	run_calls(asked);
	between = PARSE_ANEW;
	run_calls(anew);
	for (call = 0; call < calls; call++) {
		if (plain[call] != asked[call])
			broken(call + 1, "the result depends on what was asked before");
		if (plain[call] != anew[call])
			broken(call + 1, "the result depends on whether the object was parsed anew");
	}
	if (failed)
		say("call %d breaks a promise: %s\n", failed_call, failed);
}

)";

inline constexpr std::string_view kFailingSupport =
    R"(#define IN_LIBBPF(call) (in_libbpf = 1, (call), in_libbpf = 0)

static int had_failed;

static void enter(void)
{
	had_failed = has_failed;
	in_libbpf = 1;
}

static void leave(int line)
{
	in_libbpf = 0;
	if (result < 0 && errno != -result)
		broken(line, "the code is not what errno says");
	if (has_failed != had_failed && result < 0 && result != -ENOMEM)
		broken(line, "an allocation failed, and the code is not ENOMEM");
}

/* Nothing happens between the calls. */
#define look(line, object)
#define turn(line, object)

)";

inline constexpr std::string_view kRunFailing = R"(static void run_program(void)
{
	static long results[CALLS];

	run_calls(results);
	/* What is broken without a fault is another matter. */
	if (failed)
		return;
	for (fail_at = 1; fail_at <= MOST_FAILURES; fail_at++) {
		asked_for = has_failed = live = 0;
		run_calls(results);
		if (failed)
			say("call %d, where allocation %d of the program fails: %s\n", failed_call, fail_at, failed);
		if (live)
			say("allocation %d of the program fails: %ld are not given back\n", fail_at, live);
		if (failed || !has_failed)
			return;
	}
}

)";

}  // namespace retort
