# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# `retort_options`: what our own sources are compiled with, and upstream's are not. Link it PRIVATE, or PUBLIC where
# a library's headers need the language version and the root's include path, as ours do.
add_library(retort_options INTERFACE)
target_compile_features(retort_options INTERFACE cxx_std_23 c_std_11)
target_include_directories(retort_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(retort_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
option(RETORT_WERROR "Take warnings for errors; another compiler than those that the project is tested with has others" ON)
if(RETORT_WERROR)
  target_compile_options(retort_options INTERFACE -Werror)
endif()
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# `retort_unoptimized`: for sources that compile longer than they ever run, as tests and the command line's glue do.
# In Debug builds it takes their optimization away, which with sanitizers is more than half of the time.
add_library(retort_unoptimized INTERFACE)
target_compile_options(retort_unoptimized INTERFACE $<$<CONFIG:Debug>:-O0>)
