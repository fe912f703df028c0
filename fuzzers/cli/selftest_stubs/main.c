// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Runs one exported subtest, whose function RETORT_TEST names.
#include "btf_helpers.h"
#include "test_progs.h"

int failures;

void RETORT_TEST(void);

static const char* const kinds[] = {"UNKNOWN", "INT",      "PTR",      "ARRAY",      "STRUCT",
                                    "UNION",   "ENUM",     "FWD",      "TYPEDEF",    "VOLATILE",
                                    "CONST",   "RESTRICT", "FUNC",     "FUNC_PROTO", "VAR",
                                    "DATASEC", "FLOAT",    "DECL_TAG", "TYPE_TAG",   "ENUM64"};

static const char* name_of(const struct btf* btf, const struct btf_type* type) {
  const char* name = btf__str_by_offset(btf, type->name_off);
  return name && name[0] ? name : "(anon)";
}

void stub_validate(const struct btf* btf, int count, const char* const expected[]) {
  char line[256];

  if (!ASSERT_EQ(btf__type_cnt(btf) - 1, count, "number of types")) return;
  for (int id = 1; id <= count; id++) {
    const struct btf_type* type = btf__type_by_id(btf, id);
    int length =
        snprintf(line, sizeof(line), "[%d] %s '%s'", id, kinds[btf_kind(type)], name_of(btf, type));

    if (!stub_assert(!strncmp(expected[id - 1], line, length), expected[id - 1]))
      printf("came: %s\n", line);
    if (btf_is_ptr(type) || btf_is_mod(type) || btf_is_var(type)) {
      char* reference;

      snprintf(line, sizeof(line), "type_id=%u", type->type);
      reference = strstr(expected[id - 1], line);
      stub_assert(reference && !strchr("0123456789", reference[strlen(line)] ?: 'x'),
                  expected[id - 1]);
    }
  }
}

int main(void) {
  RETORT_TEST();
  return failures != 0;
}
