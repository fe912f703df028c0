# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# Tests as ctest sees them: each GoogleTest TEST and each Python test file is one test of ctest's.
if(NOT RETORT_TESTS)
  function(retort_add_test)
  endfunction()
  function(retort_add_python_tests)
  endfunction()
  return()
endif()

enable_testing()
find_package(GTest REQUIRED)
include(GoogleTest)

# retort_add_test(NAME SOURCES a_test.cc... [LIBS library...] [DATA folder])
# DATA, where a test reads files, is handed to it as the macro RETORT_TEST_DATA.
function(retort_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "DATA" "SOURCES;LIBS")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE retort_options retort_unoptimized ${arg_LIBS} GTest::gmock GTest::gtest_main)
  if(arg_DATA)
    target_compile_definitions(${name} PRIVATE RETORT_TEST_DATA="${arg_DATA}")
  endif()
  # Listing at test time keeps a build from failing, or waiting, because of a test that does not start.
  gtest_discover_tests(${name} NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 600)
endfunction()

# retort_add_python_tests(test.py...): each file is run by unittest in its own folder.
function(retort_add_python_tests)
  foreach(file ${ARGN})
    cmake_path(ABSOLUTE_PATH file OUTPUT_VARIABLE path)
    cmake_path(GET path PARENT_PATH folder)
    cmake_path(GET path STEM module)
    cmake_path(RELATIVE_PATH path BASE_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE name)
    add_test(NAME ${name} COMMAND /usr/bin/python3 -B -m unittest -v ${module} WORKING_DIRECTORY "${folder}")
    set_tests_properties(${name} PROPERTIES TIMEOUT 900)
  endforeach()
endfunction()
