# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# Sanitizers and coverage for everything that this build compiles, the oracles' upstream sources included: a fuzzer
# is only guided by code that it can see. Under OSS-Fuzz all of it comes in CFLAGS and CXXFLAGS, and the two variables
# below stay empty.
set(RETORT_SANITIZE "" CACHE STRING "Sanitizers, separated by commas: address,undefined")
set(RETORT_COVERAGE "" CACHE STRING "Coverage for a fuzzing engine: empty, fuzzer-no-link, or trace-pc-guard")
set_property(CACHE RETORT_COVERAGE PROPERTY STRINGS "" fuzzer-no-link trace-pc-guard)

if(RETORT_SANITIZE)
  # An oracle that carries on after its first error would answer from a state that no longer means anything.
  add_compile_options(-fsanitize=${RETORT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${RETORT_SANITIZE})
endif()

if(RETORT_COVERAGE STREQUAL "fuzzer-no-link")
  add_compile_options(-fsanitize=fuzzer-no-link)
elseif(RETORT_COVERAGE STREQUAL "trace-pc-guard")
  # Comparisons for AFL++'s cmplog, which listens only where it is told to.
  add_compile_options(-fsanitize-coverage=trace-pc-guard,trace-cmp)
elseif(RETORT_COVERAGE)
  message(FATAL_ERROR "RETORT_COVERAGE is '${RETORT_COVERAGE}'; it can be empty, fuzzer-no-link or trace-pc-guard.")
endif()

# retort_leave_uncovered(target [cmp]): takes coverage away from what a fuzzer need not see. What asks, compares and
# mutates is ours and the same for every input; in the reference, whose branches do guide, comparisons of words cost more
# than they tell (`cmp`). Only clang knows the option, and only clang is asked for coverage.
function(retort_leave_uncovered target)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    return()
  endif()
  set(kinds trace-cmp)
  if(NOT "cmp" IN_LIST ARGN)
    list(APPEND kinds inline-8bit-counters pc-table indirect-calls trace-pc-guard)
  endif()
  list(JOIN kinds "," kinds)
  target_compile_options(${target} PRIVATE -fno-sanitize-coverage=${kinds})
endfunction()
