# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# `retort_elf`: libelf and zlib, which libbpf needs to read its files. By default those of the system. A service wants all
# that a target runs in the target, instrumented as the rest is: RETORT_ELFUTILS and RETORT_ZLIB name folders of their
# sources, and the few files of them that are reached are built here, with this build's flags.
set(RETORT_ELFUTILS "" CACHE PATH "elfutils' sources, to build libelf from instead of taking the system's")
set(RETORT_ZLIB "" CACHE PATH "zlib's sources, to build it from instead of taking the system's")

add_library(retort_elf INTERFACE)
set(RETORT_ELF_INCLUDES "")
if(NOT RETORT_ELFUTILS AND NOT RETORT_ZLIB)
  # Not by their bare names: a fuzz target is called elf, too.
  target_link_libraries(retort_elf INTERFACE -lelf -lz)
  return()
endif()
foreach(named RETORT_ELFUTILS:libelf/libelf.h RETORT_ZLIB:inflate.c)
  string(REPLACE ":" ";" named "${named}")
  list(GET named 0 variable)
  list(GET named 1 file)
  if(NOT EXISTS "${${variable}}/${file}")
    message(FATAL_ERROR "${variable}: '${${variable}}' holds no ${file}; RETORT_ELFUTILS and RETORT_ZLIB belong together.")
  endif()
endforeach()

set(zlib_sources adler32.c crc32.c deflate.c gzclose.c gzlib.c gzread.c gzwrite.c inffast.c inflate.c inftrees.c trees.c
    zutil.c)
list(TRANSFORM zlib_sources PREPEND "${RETORT_ZLIB}/")
add_library(zlib_from_source STATIC EXCLUDE_FROM_ALL ${zlib_sources})
target_include_directories(zlib_from_source PUBLIC "${RETORT_ZLIB}")
target_compile_definitions(zlib_from_source PUBLIC _LARGEFILE64_SOURCE=1 PRIVATE HAVE_UNISTD_H HAVE_HIDDEN)
target_compile_options(zlib_from_source PRIVATE -w)

# What elfutils' configure finds on any Linux that can build this project, as far as libelf asks.
set(settings "${CMAKE_CURRENT_BINARY_DIR}/libelf")
file(CONFIGURE OUTPUT "${settings}/config.h" CONTENT "#pragma once
#define PACKAGE_NAME \"elfutils\"
#define PACKAGE_VERSION \"0\"
#define CHECK_UNDEFINED 1
#define HAVE_DECL_MEMPCPY 1
#define HAVE_DECL_MEMRCHR 1
#define HAVE_DECL_POWEROF2 1
#define HAVE_DECL_RAWMEMCHR 1
#define HAVE_DECL_REALLOCARRAY 1
#define HAVE_ERROR_H 1
#define HAVE_FALLTHROUGH 1
#define HAVE_MREMAP 1
#define HAVE_STDATOMIC_H 1
#define HAVE_VISIBILITY 1
#define STRERROR_R_CHAR_P 1
#define USE_ZLIB 1
#include <eu-config.h>
")
file(GLOB libelf_sources "${RETORT_ELFUTILS}/libelf/*.c")
add_library(libelf_from_source STATIC EXCLUDE_FROM_ALL ${libelf_sources})
target_include_directories(libelf_from_source PRIVATE "${settings}" "${RETORT_ELFUTILS}/lib")
target_include_directories(libelf_from_source PUBLIC "${RETORT_ELFUTILS}/libelf")
target_compile_definitions(libelf_from_source PRIVATE HAVE_CONFIG_H _GNU_SOURCE _FILE_OFFSET_BITS=64)
target_compile_options(libelf_from_source PRIVATE -std=gnu11 -w -ffunction-sections -fdata-sections)
target_link_libraries(libelf_from_source PUBLIC zlib_from_source)
target_link_libraries(retort_elf INTERFACE libelf_from_source)
# libbpf's own code includes <gelf.h>; its include paths do not come from what it is linked with.
set(RETORT_ELF_INCLUDES "${RETORT_ELFUTILS}/libelf" "${RETORT_ZLIB}")
