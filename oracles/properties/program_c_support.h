// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The C that every exported program begins with: what it checks after each call, and how it finds
// types by rank.
#pragma once

#include <string_view>

namespace retort {

// What every exported program needs. `words_of` knows the length of a record, `text_of` says an
// object's own types with their names, so that two states can be compared as text.
inline constexpr std::string_view kProgramSupport = R"(
struct object {
	struct btf *btf, *base;
	int added[256], count;
};

static int asking; /* whether questions are asked between the calls */
static int failed; /* whether a promise was broken */
static long result;

static inline void broken(int line, const char *what)
{
	if (!failed)
		say("call %d breaks a promise: %s\n", line, what);
	failed = 1;
}

static inline int words_of(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT: case BTF_KIND_VAR: case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return 6;
	case BTF_KIND_STRUCT: case BTF_KIND_UNION: case BTF_KIND_DATASEC: case BTF_KIND_ENUM64:
		return 3 + 3 * btf_vlen(t);
	case BTF_KIND_ENUM: case BTF_KIND_FUNC_PROTO:
		return 3 + 2 * btf_vlen(t);
	default:
		return 3;
	}
}

/* The first word of an element is a name, but for a variable of a section. */
static inline int is_name(const struct btf_type *t, int word)
{
	int size = btf_kind(t) == BTF_KIND_ENUM || btf_kind(t) == BTF_KIND_FUNC_PROTO ? 2 : 3;

	if (word == 0)
		return 1;
	if (word < 3 || btf_kind(t) == BTF_KIND_DATASEC || words_of(t) == 4 || btf_kind(t) == BTF_KIND_ARRAY)
		return 0;
	return (word - 3) % size == 0;
}

static inline unsigned int first_own(const struct btf *btf)
{
	return btf__base_btf(btf) ? btf__type_cnt(btf__base_btf(btf)) : 1;
}

static inline char *text_of(const struct btf *btf)
{
	size_t size;
	char *text;
	FILE *to = open_memstream(&text, &size);
	unsigned int id;
	int word;

	for (id = first_own(btf); id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		fprintf(to, "%u:", id);
		for (word = 0; word < words_of(t); word++) {
			__u32 value = ((const __u32 *)t)[word];
			const char *name = is_name(t, word) ? btf__str_by_offset(btf, value) : NULL;

			/* A member says the same with and without bit fields beside it. */
			if (btf_is_composite(t) && word >= 3 && word % 3 == 2)
				fprintf(to, " %u/%u", btf_kflag(t) ? value & 0xffffff : value,
					btf_kflag(t) ? value >> 24 : 0);
			else if (word == 1 && !btf_is_fwd(t))
				fprintf(to, " %x", value & 0x1f000000);
			else if (name)
				fprintf(to, " %s", name);
			else
				fprintf(to, " %x", value);
		}
		fprintf(to, ";\n");
	}
	fclose(to);
	return text;
}

/* The bytes of an object hold the types that it shows. */
static inline void look(int line, struct object *o)
{
	unsigned int size;
	const void *raw;
	struct btf *again;
	char *seen, *held;

	if (!asking || !o->btf)
		return;
	btf__pointer_size(o->btf);
	raw = btf__raw_data(o->btf, &size);
	again = raw ? btf__new_split(raw, size, o->base) : NULL;
	if (libbpf_get_error(again) || !again) {
		broken(line, "the bytes of the object cannot be parsed");
		return;
	}
	seen = text_of(o->btf);
	held = text_of(again);
	if (strcmp(seen, held))
		broken(line, "the bytes of the object hold other types than it shows");
	free(seen);
	free(held);
	btf__free(again);
}

/* Setting the other byte order and the former again gives the same bytes. */
static inline void turn(int line, struct object *o)
{
	int old = btf__endianness(o->btf);
	unsigned int before, between, after;

	if (!asking)
		return;
	btf__raw_data(o->btf, &before);
	btf__set_endianness(o->btf, old == BTF_LITTLE_ENDIAN ? BTF_BIG_ENDIAN : BTF_LITTLE_ENDIAN);
	btf__raw_data(o->btf, &between);
	btf__set_endianness(o->btf, old);
	btf__raw_data(o->btf, &after);
	if (before != after)
		broken(line, "turning the byte order over and back changes the number of bytes");
}

/* What failed changed nothing, and what was there is still there. */
static inline void kept(int line, struct object *o, char *before, int whole)
{
	char *now = text_of(o->btf);
	size_t length = strlen(before);

	/* The last type may have grown: its end is not compared. */
	if (!whole && length > 2)
		length -= 2;
	if (result < 0 ? strcmp(before, now) : strncmp(before, now, length))
		broken(line, result < 0 ? "what failed changed the types" : "an earlier type is not what it was");
	if (result < 0 && errno != -result)
		broken(line, "the code is not what errno says");
	free(now);
	free(before);
}

static inline int all_of(struct object *o, unsigned int rank)
{
	unsigned int count = btf__type_cnt(o->btf);

	return count > 1 ? 1 + rank % (count - 1) : 0;
}

static inline int own_of(struct object *o, unsigned int rank)
{
	unsigned int first = first_own(o->btf), count = btf__type_cnt(o->btf);

	return count > first ? first + rank % (count - first) : 0;
}

static inline int new_of(struct object *o, unsigned int rank)
{
	return o->count ? o->added[o->count - 1 - rank % o->count] : 0;
}

static inline int beyond(struct object *o, unsigned int rank)
{
	return btf__type_cnt(o->btf) + rank;
}

static inline void note(struct object *o)
{
	if (result > 0 && o->count < 256)
		o->added[o->count++] = result;
}

)";

}  // namespace retort
