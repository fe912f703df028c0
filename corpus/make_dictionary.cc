// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Makes the dictionary: the words that mean something in BTF and in a pair file, in both byte
// orders, for engines that mutate bytes. Our own mutator knows types and does not need it; AFL++
// uses it beside the custom mutator, and whoever fuzzes raw BTF alone can take it as it is.
//
// usage: make-dictionary > btf.dict
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "oracles/pair.h"
#include "relocator/format.h"

namespace retort {
namespace {

constexpr std::size_t kMostBytes = 8;
constexpr std::uint32_t kSign = 0x80000000;

void print_entry(const std::string& name, const unsigned char* bytes, std::size_t count) {
  std::printf("%s=\"", name.c_str());
  for (std::size_t at = 0; at < count; ++at)
    std::printf("\\x%02x", static_cast<unsigned>(bytes[at]));
  std::puts("\"");
}

// The value in `count` bytes, in both orders.
void print_number(const std::string& name, std::uint64_t value, std::size_t count) {
  unsigned char little[kMostBytes];
  unsigned char big[kMostBytes];
  for (std::size_t at = 0; at < count; ++at) {
    little[at] = static_cast<unsigned char>(value >> 8 * at);
    big[count - 1 - at] = little[at];
  }
  print_entry(name + "_le", little, count);
  print_entry(name + "_be", big, count);
}

void print_text(const std::string& name, std::string_view text) {
  print_entry(name, reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

void print_header() {
  std::puts("# The header: magic with version and flags, lengths of the header.");
  constexpr std::uint32_t version = 1U << 16;
  print_number("magic", version | btf::kMagic, 4);
  print_number("header", btf::kHeaderBytes, 4);
  print_number("header_with_layout", btf::kLayoutHeaderBytes, 4);
}

void print_kinds() {
  std::puts("# The info word of each kind: without members, with one, with two, with kflag.");
  for (unsigned number = 1; number < btf::kKindCount; ++number) {
    const auto kind = static_cast<btf::Kind>(number);
    const std::string name(btf::kind_name(kind));
    print_number(name, btf::pack_info({kind, false, 0}), 4);
    print_number(name + "_kflag", btf::pack_info({kind, true, 0}), 4);
    if (btf::shape_of(kind).element == 0) continue;
    print_number(name + "_1", btf::pack_info({kind, false, 1}), 4);
    print_number(name + "_2", btf::pack_info({kind, false, 2}), 4);
    print_number(name + "_kflag_1", btf::pack_info({kind, true, 1}), 4);
  }
}

void print_words() {
  std::puts("# INT: encoding, bit offset and bits. Limits of ids, sizes and offsets.");
  print_number("int_32", 32, 4);
  print_number("int_signed_32", 1U << 24 | 32, 4);
  print_number("int_char_8", 2U << 24 | 8, 4);
  print_number("int_bool_8", 4U << 24 | 8, 4);
  print_number("all_ones", 0xffffffff, 4);
  print_number("greatest_signed", kSign - 1, 4);
  print_number("least_signed", kSign, 4);
  print_number("vlen_16", 0xffff, 4);
  print_number("vlen_24", 0xffffff, 4);
}

void print_texts() {
  std::puts("# Names that mean something, and the tags of a pair file.");
  for (const std::string_view text : {"void", "int", "char", ".data", ".maps", "(anon)", "a.b"})
    print_text("name", text);
  for (const std::string_view tag : {kBase, kSplit, kDistilled, kTarget, kExt, kProgram})
    print_text("tag_" + std::string(tag), tag);
}

}  // namespace
}  // namespace retort

int main() {
  std::puts("# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause");
  std::puts("# Made by make_dictionary.cc.");
  retort::print_header();
  retort::print_kinds();
  retort::print_words();
  retort::print_texts();
  return 0;
}
