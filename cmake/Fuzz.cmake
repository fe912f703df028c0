# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# One source file, three ways to run it: under libFuzzer, under AFL++, or, in every other build, under a plain main that
# runs the inputs named on its command line. So a target is compiled whenever the project is, and a crash found by
# any engine replays without one.
set(RETORT_ENGINE "none" CACHE STRING "What drives the fuzz targets: none, libfuzzer or afl")
set_property(CACHE RETORT_ENGINE PROPERTY STRINGS none libfuzzer afl)

# LIB_FUZZING_ENGINE is OSS-Fuzz's contract. It is a link item of the targets alone: in the global flags it would bring a
# second main into every program, and into CMake's own checks.
set(retort_engine_items "")
if(DEFINED ENV{LIB_FUZZING_ENGINE})
  separate_arguments(retort_engine_items UNIX_COMMAND "$ENV{LIB_FUZZING_ENGINE}")
elseif(RETORT_ENGINE STREQUAL "libfuzzer")
  set(retort_engine_items -fsanitize=fuzzer)
elseif(RETORT_ENGINE STREQUAL "afl")
  # AFL++'s own compiler is as old as the LLVM that the distribution built it with; its driver and run-time link with
  # any clang's trace-pc-guard instrumentation.
  find_file(RETORT_AFL_DRIVER libAFLDriver.a PATHS /usr/lib/afl /usr/local/lib/afl NO_DEFAULT_PATH)
  find_file(RETORT_AFL_RUNTIME afl-compiler-rt.o PATHS /usr/lib/afl /usr/local/lib/afl NO_DEFAULT_PATH)
  if(NOT RETORT_AFL_DRIVER OR NOT RETORT_AFL_RUNTIME)
    message(FATAL_ERROR "AFL++'s libAFLDriver.a and afl-compiler-rt.o were not found: install afl++, or set "
                        "RETORT_AFL_DRIVER and RETORT_AFL_RUNTIME.")
  endif()
  set(retort_engine_items "${RETORT_AFL_DRIVER}" "${RETORT_AFL_RUNTIME}")
elseif(NOT RETORT_ENGINE STREQUAL "none")
  message(FATAL_ERROR "RETORT_ENGINE is '${RETORT_ENGINE}'; it can be none, libfuzzer or afl.")
endif()

if(retort_engine_items)
  set(RETORT_FUZZ_REPLAYS OFF)
else()
  set(RETORT_FUZZ_REPLAYS ON)
endif()

# retort_add_fuzz_target(NAME source... [LIBS library...]): the sources define LLVMFuzzerTestOneInput.
function(retort_add_fuzz_target name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBS")
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE retort_options ${arg_LIBS})
  if(RETORT_FUZZ_REPLAYS)
    target_sources(${name} PRIVATE "${PROJECT_SOURCE_DIR}/fuzzers/replay_main.cc")
  else()
    target_link_libraries(${name} PRIVATE ${retort_engine_items})
  endif()
endfunction()
