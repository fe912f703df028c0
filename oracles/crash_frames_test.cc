// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What is said of a crash: the functions of what was tested, and nothing that differs from input to
// input. The reports here are as the sanitizers print them.
#include "oracles/crash_frames.h"

#include <gtest/gtest.h>

namespace retort {
namespace {

constexpr const char* kOverflow = R"(some message of libbpf's
=================================================================
==19830==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x5020004afe64 at pc 0x55e9d83cb7c1
WRITE of size 4 at 0x5020004afe64 thread T0
    #0 0x55e9d82042d7 in __asan_memcpy (/build/retort+0x1fd479) (BuildId: 84)
    #1 0x55e9d83cb7c0 in map_types /src/btf_relocate.c:360:33
    #2 0x55e9d83cb7c0 in map_types /src/btf_relocate.c:361:33
    #3 0x55e9d83b7280 in btf__relocate /src/btf.c:5512:12
    #4 0x55e9d832c6c5 in relocate /oracles/libbpf/shim.c:190:27
    #5 0x55e9d832a1b9 in retort::(anonymous namespace)::LibbpfRun::answer() /oracles/libbpf_oracle.cc:58:16

0x5020004afe64 is located 12 bytes before 7-byte region
allocated by thread T0 here:
    #0 0x55e9d8205479 in calloc (/build/retort+0x1fd479) (BuildId: 84)
SUMMARY: AddressSanitizer: heap-buffer-overflow /src/btf_relocate.c:360:33 in map_types
)";

TEST(CrashFrames, NameTheDamageAndTheFunctionsOfWhatWasTested) {
  EXPECT_EQ(first_frame(kOverflow), "heap-buffer-overflow in map_types < btf__relocate");
}

TEST(CrashFrames, AreWithoutArgumentsAndNamespacesWithoutAName) {
  const std::string report =
      "==1==ERROR: AddressSanitizer: SEGV on unknown address\n"
      "    #0 0x1 in btf::(anonymous namespace)::walk(btf::Btf const&, unsigned int) /a/b.cc:1:2\n";
  EXPECT_EQ(first_frame(report), "SEGV in btf::walk");
}

TEST(CrashFrames, AreOurOwnWhereThereAreNoOthers) {
  const std::string report =
      "==1==ERROR: AddressSanitizer: SEGV on unknown address\n"
      "    #0 0x1 in retort::answer(int) /oracles/model.cc:1:2\n";
  EXPECT_EQ(first_frame(report), "SEGV in retort::answer");
}

TEST(CrashFrames, SayWhatIsUndefinedWithoutItsNumbers) {
  EXPECT_EQ(
      first_frame("/src/btf.c:12:3: runtime error: index 517 out of bounds for type 'int[4]'\n"),
      "index N out of bounds for type 'int[N]' at btf.c:12");
}

TEST(CrashFrames, AreNothingWhereNothingIsKnown) {
  EXPECT_EQ(first_frame("libbpf: no such type\n"), "");
  EXPECT_EQ(first_frame(""), "");
}

}  // namespace
}  // namespace retort
