# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# Builds one version of the kernel's btf.c, as it is, into one relocatable object with a single visible symbol, its
# `struct kernel_ops`. What it links into is GPL-2.0, so that is a program of its own, retort-kernel. Where the kernel's
# sources or the tools to prepare its headers are missing, everything else builds, and the reason is kept.
include(CheckCCompilerFlag)

set(RETORT_KERNEL "AUTO" CACHE STRING "Build the kernel oracle: ON, OFF, or AUTO, which is ON where it can be had")
set_property(CACHE RETORT_KERNEL PROPERTY STRINGS ON OFF AUTO)
set(RETORT_KERNEL_SERIES "6.12;newest" CACHE STRING "The release series of the kernel to build, separated by semicolons")

# retort_kernel_dir(SERIES OUT REASON): the folder that ci/upstream --kernel made of the sources of that series, or nothing
# and a sentence that says why not.
function(retort_kernel_dir series out reason)
  string(MAKE_C_IDENTIFIER "${series}" id)
  string(REGEX REPLACE "^_" "" id "${id}")
  set(RETORT_KERNEL_${id} "" CACHE PATH "A kernel's checkout to build kernel-${series} from")
  set(from "")
  if(RETORT_KERNEL_${id})
    set(from --source "${RETORT_KERNEL_${id}}")
  endif()
  message(STATUS "kernel-${series}: looking for its sources (the first time, preparing its headers takes a minute)")
  execute_process(COMMAND "${PROJECT_SOURCE_DIR}/ci/upstream" --kernel --series ${series} ${from}
                  OUTPUT_VARIABLE dir OUTPUT_STRIP_TRAILING_WHITESPACE
                  ERROR_VARIABLE error ERROR_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE result)
  set(${out} "" PARENT_SCOPE)
  set(${reason} "" PARENT_SCOPE)
  if(result EQUAL 0)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${dir}/SOURCE.json")
    set(${out} "${dir}" PARENT_SCOPE)
    return()
  endif()
  string(REGEX REPLACE ".*ci/upstream: " "" error "${error}")
  string(REPLACE ";" "," error "${error}")
  set(${reason} "${error}" PARENT_SCOPE)
endfunction()

# What the kernel's Makefiles pass, of which its headers or its code depend on each.
function(retort_kernel_options target dir)
  set(source "${dir}/source")
  set(generated "${dir}/generated")
  target_compile_options(${target} PRIVATE
    -nostdinc -include "${PROJECT_SOURCE_DIR}/oracles/kernel/prelude.h"
    "-I${PROJECT_SOURCE_DIR}/oracles/kernel/include"
    "-I${source}/arch/um/include" "-I${generated}/arch/um/include/generated"
    "-I${source}/include" "-I${generated}/include"
    "-I${source}/arch/um/include/uapi" "-I${generated}/arch/um/include/generated/uapi"
    "-I${source}/include/uapi" "-I${generated}/include/generated/uapi"
    "-I${source}/arch/x86/um" "-I${source}/arch/x86/include" "-I${source}/arch/x86/include/uapi"
    "-I${generated}/arch/x86/include/generated" "-I${generated}/arch/x86/include/generated/uapi"
    "-I${source}/arch/um/include/shared" "-I${source}/arch/x86/um/shared" "-I${source}/arch/um/include/shared/skas"
    "-I${source}/kernel/bpf" "-I${source}" "-I${PROJECT_SOURCE_DIR}"
    "SHELL:-include ${source}/include/linux/compiler-version.h" "SHELL:-include ${source}/include/linux/kconfig.h"
    "SHELL:-include ${source}/include/linux/compiler_types.h"
    -D__KERNEL__ -D__arch_um__ -D__DISABLE_EXPORTS
    -std=gnu11 -fms-extensions -fshort-wchar -funsigned-char -fno-common -fno-strict-aliasing
    -fno-delete-null-pointer-checks -fno-strict-overflow -fno-stack-protector -fPIC
    -w -Werror=implicit-function-declaration -Werror=implicit-int -Werror=incompatible-pointer-types
    -g -fno-omit-frame-pointer)
  foreach(option -fstrict-flex-arrays=3 -fno-builtin-wcslen)
    string(MAKE_C_IDENTIFIER "RETORT_C${option}" has)
    check_c_compiler_flag(${option} ${has})
    if(${has})
      target_compile_options(${target} PRIVATE ${option})
    endif()
  endforeach()
  # The kernel reads unaligned words, and calls through casts; none of that is a finding, and each would end a run.
  set(no_sanitize alignment)
  if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    string(APPEND no_sanitize ",function")
  endif()
  target_compile_options(${target} PRIVATE -fno-sanitize=${no_sanitize})
  file(STRINGS "${source}/include/linux/bpf_verifier.h" has REGEX bpf_log_attr LIMIT_COUNT 1)
  if(has)
    target_compile_definitions(${target} PRIVATE RETORT_KERNEL_HAS_LOG_ATTR)
  endif()
endfunction()

# retort_add_kernel(SERIES [DIR]) makes, of a series or "newest", the library target kernel-SERIES, whose only symbol is retort_kernel_SERIES.
# DIR is a folder as ci/upstream --kernel makes it.
function(retort_add_kernel series)
  if(RETORT_KERNEL STREQUAL "OFF")
    set_property(GLOBAL APPEND PROPERTY RETORT_KERNELS_MISSING "${series}|switched off by RETORT_KERNEL=OFF.")
    return()
  endif()
  if(ARGC GREATER 1)
    set(dir "${ARGV1}")
  else()
    retort_kernel_dir("${series}" dir reason)
  endif()
  if(NOT dir)
    if(RETORT_KERNEL STREQUAL "ON" AND NOT series STREQUAL newest)
      message(FATAL_ERROR "kernel-${series}: ${reason}")
    endif()
    message(STATUS "kernel-${series}: left out: ${reason}")
    set_property(GLOBAL APPEND PROPERTY RETORT_KERNELS_MISSING "${series}|${reason}")
    return()
  endif()
  if(series STREQUAL newest)
    retort_series_of("${dir}" series)
  endif()
  set(name "kernel-${series}")
  if(TARGET ${name})
    return()
  endif()
  string(MAKE_C_IDENTIFIER "kernel_${series}" id)
  retort_upstream_version("${dir}" "${dir}/source/kernel/bpf/btf.c" version)
  message(STATUS "${name}: ${version}")
  set(shim "${PROJECT_SOURCE_DIR}/oracles/kernel")
  list(TRANSFORM RETORT_KERNEL_SOURCES PREPEND "${dir}/source/" OUTPUT_VARIABLE upstream)
  add_library(${name}-upstream OBJECT ${upstream} "${shim}/entry.c" "${shim}/entry_maps.c" "${shim}/entry_struct_ops.c"
              "${shim}/services_ids.c"
              "${shim}/services_memory.c" "${shim}/services_rest.c" "${shim}/services_text.c")
  retort_kernel_options(${name}-upstream "${dir}")
  target_compile_definitions(${name}-upstream PRIVATE RETORT_KERNEL_SYMBOL=retort_${id})

  add_library(${name}-host OBJECT "${shim}/host.c")
  target_link_libraries(${name}-host PRIVATE retort_options)
  target_compile_options(${name}-host PRIVATE -fPIC)

  # Every function that btf.c names and never calls on our ways through it ends the program with its name.
  set(object "${CMAKE_CURRENT_BINARY_DIR}/${name}.o")
  set(unreached "${CMAKE_CURRENT_BINARY_DIR}/${name}-unreached.c")
  add_custom_command(
    OUTPUT "${unreached}"
    COMMAND "${RETORT_LD}" -r -o "${object}.upstream" $<TARGET_OBJECTS:${name}-upstream>
    COMMAND /usr/bin/python3 -B "${shim}/make_unreached.py" "${CMAKE_NM}" "${object}.upstream" "${unreached}"
    DEPENDS $<TARGET_OBJECTS:${name}-upstream> "${shim}/make_unreached.py"
    COMMENT "Listing what ${name} does not reach"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_library(${name}-unreached OBJECT "${unreached}")
  target_include_directories(${name}-unreached PRIVATE "${PROJECT_SOURCE_DIR}")
  target_compile_options(${name}-unreached PRIVATE -w -fno-builtin -fPIC)

  set(keep "")
  foreach(symbol retort_${id} ${RETORT_SANITIZER_GLOBALS})
    list(APPEND keep "--keep-global-symbol=${symbol}")
  endforeach()
  add_custom_command(
    OUTPUT "${object}"
    COMMAND "${RETORT_LD}" -r -o "${object}.tmp" $<TARGET_OBJECTS:${name}-upstream> $<TARGET_OBJECTS:${name}-unreached>
            $<TARGET_OBJECTS:${name}-host>
    # Its list of ids is filled in when a kernel is linked; an empty one has to be writable all the same.
    COMMAND "${RETORT_OBJCOPY}" --set-section-flags .BTF_ids=alloc,data,contents ${keep} "${object}.tmp" "${object}"
    COMMAND "${CMAKE_COMMAND}" -E rm "${object}.tmp"
    DEPENDS $<TARGET_OBJECTS:${name}-upstream> $<TARGET_OBJECTS:${name}-unreached> $<TARGET_OBJECTS:${name}-host>
    COMMENT "Linking ${name} into one object"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_library(${name} STATIC "${object}")
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C)
  set_property(GLOBAL APPEND PROPERTY RETORT_KERNEL_TARGETS ${name})
  set_property(GLOBAL APPEND PROPERTY RETORT_KERNELS "${series}|${version}|retort_${id}")
endfunction()

# Compiled as they are; entry.c includes btf.c, entry_maps.c syscall.c, and entry_struct_ops.c bpf_struct_ops.c.
set(RETORT_KERNEL_SOURCES
  kernel/bpf/btf_iter.c kernel/bpf/btf_relocate.c kernel/bpf/log.c kernel/bpf/relo_core.c
  lib/bsearch.c lib/ctype.c lib/find_bit.c lib/hweight.c lib/sort.c)

# retort_finish_kernel() makes kernel_all: every version that was added, and the list of their tables.
function(retort_finish_kernel)
  get_property(kernels GLOBAL PROPERTY RETORT_KERNELS)
  get_property(targets GLOBAL PROPERTY RETORT_KERNEL_TARGETS)
  set(declarations "")
  set(entries "")
  foreach(kernel ${kernels})
    string(REPLACE "|" ";" kernel "${kernel}")
    list(GET kernel 0 series)
    list(GET kernel 1 version)
    list(GET kernel 2 symbol)
    string(APPEND declarations "extern const struct kernel_ops ${symbol};\n")
    string(APPEND entries "    {\"${series}\", \"${version}\", &${symbol}},\n")
  endforeach()
  set(list "${CMAKE_CURRENT_BINARY_DIR}/kernel_all.c")
  file(CONFIGURE OUTPUT "${list}" CONTENT "#include \"oracles/kernel/ops.h\"
@declarations@
const struct kernel_version retort_kernel_all[] = {
@entries@    {0, 0, 0},
};
" @ONLY)
  add_library(kernel_all STATIC "${list}")
  target_link_libraries(kernel_all PUBLIC retort_options ${targets})
endfunction()

# retort_describe_kernels(PROGRAM) makes built_kernels: a header with what was built, which PROGRAM answers for, and what
# is missing and why.
function(retort_describe_kernels program)
  get_property(kernels GLOBAL PROPERTY RETORT_KERNELS)
  get_property(missing GLOBAL PROPERTY RETORT_KERNELS_MISSING)
  set(built "")
  foreach(kernel ${kernels})
    string(REGEX REPLACE "[|].*" "" series "${kernel}")
    string(APPEND built "\"${series}\", ")
  endforeach()
  list(TRANSFORM missing PREPEND "kernel-")
  retort_c_table_of_missing(reasons "${missing}")
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/include")
  file(GENERATE OUTPUT "${folder}/oracles/built_kernels.h" CONTENT "#pragma once
#include <string_view>
#include \"oracles/kernels.h\"
namespace retort {
inline constexpr const char* kKernelProgram = \"$<TARGET_FILE:${program}>\";
inline constexpr std::string_view kBuiltKernels[] = {${built}\"\"};
inline constexpr MissingKernel kMissingKernels[] = {
${reasons}    {},
};
}  // namespace retort
")
  add_library(built_kernels INTERFACE)
  target_include_directories(built_kernels INTERFACE "${folder}")
endfunction()
