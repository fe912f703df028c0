// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// C that several exports begin with, so that types can be compared as text: as they stand, with
// their numbers, and by what they say, with names in the place of ids.
#pragma once

#include <string_view>

namespace retort {

// Functions are inline since no export needs all of them.
inline constexpr std::string_view kTypesAsText = R"(
/* How many words of 32 bits a type has. */
static int words_of(const struct btf_type *t)
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
static int is_name(const struct btf_type *t, int word)
{
	int size = btf_kind(t) == BTF_KIND_ENUM || btf_kind(t) == BTF_KIND_FUNC_PROTO ? 2 : 3;

	if (word == 0)
		return 1;
	if (word < 3 || btf_kind(t) == BTF_KIND_DATASEC || words_of(t) == 4 || btf_kind(t) == BTF_KIND_ARRAY)
		return 0;
	return (word - 3) % size == 0;
}

static int is_id(const struct btf_type *t, int word)
{
	switch (btf_kind(t)) {
	case BTF_KIND_ARRAY:
		return word == 3 || word == 4;
	case BTF_KIND_STRUCT: case BTF_KIND_UNION:
		return word >= 3 && word % 3 == 1;
	case BTF_KIND_DATASEC:
		return word >= 3 && word % 3 == 0;
	case BTF_KIND_FUNC_PROTO:
		return word == 2 || (word >= 3 && word % 2 == 0);
	case BTF_KIND_INT: case BTF_KIND_ENUM: case BTF_KIND_ENUM64: case BTF_KIND_FLOAT: case BTF_KIND_FWD:
		return 0;
	default:
		return word == 2;
	}
}

static unsigned int first_own(const struct btf *btf)
{
	return btf__base_btf(btf) ? btf__type_cnt(btf__base_btf(btf)) : 1;
}

static void word_to(FILE *to, const struct btf *btf, const struct btf_type *t, int word)
{
	__u32 value = ((const __u32 *)t)[word];
	const char *name = is_name(t, word) ? btf__str_by_offset(btf, value) : NULL;

	/* A member says the same with and without bit fields beside it. */
	if (btf_is_composite(t) && word >= 3 && word % 3 == 2)
		fprintf(to, " %u/%u", btf_kflag(t) ? value & 0xffffff : value, btf_kflag(t) ? value >> 24 : 0);
	else if (word == 1 && !btf_is_fwd(t))
		fprintf(to, " %x", value & 0x1f000000);
	else if (name)
		fprintf(to, " %s", name);
	else
		fprintf(to, " %x", value);
}

/* The types of a layer as they stand. */
static char *text_of(const struct btf *btf)
{
	size_t size;
	char *text;
	FILE *to = open_memstream(&text, &size);
	unsigned int id;
	int word;

	for (id = first_own(btf); id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		fprintf(to, "%u:", id);
		for (word = 0; word < words_of(t); word++)
			word_to(to, btf, t, word);
		fprintf(to, ";\n");
	}
	fclose(to);
	return text;
}

enum manner {
	WHOLE, /* with its members */
	NAMED, /* what has a name stands for itself */
	RESOLVED, /* so does a FWD or an empty enum, which may have become the full type */
};

/* A type by what it says. */
static void describe(FILE *to, const struct btf *btf, unsigned int id, enum manner manner, int depth)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	const char *name = t ? btf__str_by_offset(btf, t->name_off) : NULL;
	int word, may_be_fwd = t && (btf_is_composite(t) || btf_is_fwd(t) || btf_is_any_enum(t));

	if (!id || !t) {
		fprintf(to, id ? " nothing" : " void");
		return;
	}
	if (depth > 4 || (manner != WHOLE && name && *name)) {
		fprintf(to, " <%u %s>", may_be_fwd && manner == RESOLVED ? 0 : btf_kind(t), name ? name : "");
		return;
	}
	fprintf(to, " {");
	for (word = 0; word < words_of(t); word++)
		if (is_id(t, word))
			describe(to, btf, ((const __u32 *)t)[word], manner == WHOLE ? NAMED : manner, depth + 1);
		else
			word_to(to, btf, t, word);
	fprintf(to, " }");
}

/* The types of a layer by what they say. */
static char *meaning_of(const struct btf *btf)
{
	size_t size;
	char *text;
	FILE *to = open_memstream(&text, &size);
	unsigned int id;

	for (id = first_own(btf); id < btf__type_cnt(btf); id++) {
		describe(to, btf, id, WHOLE, 0);
		fprintf(to, ";\n");
	}
	fclose(to);
	return text;
}

/* Whether every id and string of a layer is there. */
static int is_whole(const struct btf *btf)
{
	unsigned int id;
	int word;

	for (id = first_own(btf); id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		for (word = 0; word < words_of(t); word++) {
			__u32 value = ((const __u32 *)t)[word];

			if ((is_id(t, word) && value && !btf__type_by_id(btf, value)) ||
			    (is_name(t, word) && !btf__str_by_offset(btf, value)))
				return 0;
		}
	}
	return 1;
}

)";

// Allocations fail only while libbpf works. The C library's own names for them are glibc's.
inline constexpr std::string_view kFailingAllocator = R"(
/* Stands in for the C library's allocator: while libbpf works, the allocation number fail_at fails. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *allocated);

#define MOST_FAILURES 400
static int in_libbpf, fail_at, asked_for, has_failed;
static long live; /* what libbpf has asked for and not given back */

static int fails(void)
{
	if (in_libbpf && ++asked_for == fail_at) {
		has_failed = 1;
		errno = ENOMEM;
		return 1;
	}
	return 0;
}

static void *counted(void *allocated)
{
	live += in_libbpf && allocated;
	return allocated;
}

void *malloc(size_t size)
{
	return fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *old, size_t size)
{
	if (fails())
		return NULL;
	live -= in_libbpf && old;
	return counted(__libc_realloc(old, size));
}

void *reallocarray(void *old, size_t count, size_t size)
{
	size_t whole;

	if (__builtin_mul_overflow(count, size, &whole)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, whole);
}

void free(void *allocated)
{
	live -= in_libbpf && allocated;
	__libc_free(allocated);
}

)";

}  // namespace retort
