// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Deduplication by libbpf beside the reference's, on cases of our own for all that upstream's tests
// demand; and the witnesses that make a map visible.
#include "relocator/dedup.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "oracles/libbpf/ops.h"
#include "oracles/witnesses.h"
#include "relocator/canonical.h"
#include "relocator/dedup_cases.h"
#include "relocator/test_support.h"

namespace retort {
namespace {

using btf::testing::DedupCase;
using btf::testing::left_in_words;
using btf::testing::must_parse;
using ByteVector = std::vector<std::byte>;

struct Freer {
  const libbpf_ops* ops;
  void operator()(lb_btf* btf) const { ops->free(btf); }
};
using Handle = std::unique_ptr<lb_btf, Freer>;

Handle open(const libbpf_ops& ops, const ByteVector& bytes, lb_btf* base) {
  lb_btf* opened = nullptr;
  EXPECT_EQ(ops.parse(bytes.data(), static_cast<std::uint32_t>(bytes.size()), base, &opened), 0);
  return Handle(opened, Freer{&ops});
}

// What this libbpf leaves of the top layer.
ByteVector deduplicated(const libbpf_ops& ops, const std::vector<ByteVector>& layers) {
  std::vector<Handle> opened;
  for (const ByteVector& bytes : layers)
    opened.push_back(open(ops, bytes, opened.empty() ? nullptr : opened.back().get()));
  EXPECT_EQ(ops.dedup(opened.back().get()), 0);
  std::uint32_t length = 0;
  const auto* data = static_cast<const std::byte*>(ops.raw(opened.back().get(), &length));
  ByteVector result(data, data + length);
  while (!opened.empty()) opened.pop_back();
  return result;
}

class DedupCases : public testing::TestWithParam<DedupCase> {};

TEST_P(DedupCases, GiveWhatLibbpfGives) {
  const std::vector<ByteVector> layers = layers_of(GetParam());
  const btf::BtfPtr base = layers.size() == 1 ? nullptr : must_parse(layers.front());
  const auto ours = btf::dedup(*must_parse(layers.back(), {.base = base}));
  ASSERT_TRUE(ours.has_value());
  const btf::BtfPtr expected = must_parse(ours->bytes, {.base = base});
  for (const libbpf_ops* const* ops = retort_libbpf_all; *ops != nullptr; ++ops) {
    (*ops)->init();
    const ByteVector bytes = deduplicated(**ops, layers);
    const btf::BtfPtr theirs = must_parse(bytes, {.base = base});
    EXPECT_EQ(left_in_words(*theirs), left_in_words(*expected)) << (*ops)->series;
    EXPECT_EQ(btf::canonical_digest(*theirs).hex(), btf::canonical_digest(*expected).hex())
        << (*ops)->series;
  }
}

// Where nothing of the split is left, nor are strings, libbpf hands a null pointer to memcpy().
std::vector<DedupCase> cases_that_leave_something() {
  std::vector<DedupCase> cases;
  for (const DedupCase& from : btf::testing::dedup_cases())
    if (from.split == nullptr || from.left.find("s2") != std::string_view::npos)
      cases.push_back(from);
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Dedup, DedupCases, testing::ValuesIn(cases_that_leave_something()),
                         [](const auto& of) { return std::string(of.param.sentence); });

btf::BtfPtr two_ints(std::endian order) {
  btf::Builder builder(order);
  builder.add_int("int", 4);
  builder.add_int("int", 4);
  return must_parse(builder.finish());
}

TEST(Witnesses, PointAtWhatEachTypeBecame) {
  for (const std::endian order : btf::testing::kBothOrders) {
    const Answer answer = deduplicate(two_ints(order));
    ASSERT_EQ(answer.outcome, Outcome::accepted);
    const std::string name(1, '\x01');
    EXPECT_EQ(
        left_in_words(*must_parse(answer.bytes)),
        "INT int; VAR " + name + " witness of layer 0 1; VAR " + name + " witness of layer 0 1");
  }
}

TEST(Witnesses, FindAnAnswerSound) {
  const btf::BtfPtr layer = two_ints(std::endian::native);
  EXPECT_EQ(unsound_result(layer, deduplicate(layer).bytes), std::nullopt);
}

TEST(Witnesses, TellWhichTypeBecameAnother) {
  btf::Builder builder;
  builder.add_int("int", 4);
  builder.add_int("long", 8);
  const btf::BtfPtr layer = must_parse(builder.finish());
  Answer answer = deduplicate(layer);
  // The second witness' third word, behind two INTs and a VAR of four words each.
  btf::testing::poke(answer.bytes, btf::kHeaderBytes + (4 + 4 + 4 + 2) * btf::kWordBytes, 1);
  EXPECT_EQ(unsound_result(layer, answer.bytes),
            "type 2 (INT 'long') became type 1 (INT 'int'), but below them type 2 (INT 'long') is "
            "not type 1 (INT 'int')");
}

TEST(Witnesses, MissOneAnother) {
  const btf::BtfPtr layer = two_ints(std::endian::native);
  btf::Builder builder;
  builder.add_int("int", 4);
  EXPECT_EQ(unsound_result(layer, builder.finish()), "witnesses were lost");
}

}  // namespace
}  // namespace retort
