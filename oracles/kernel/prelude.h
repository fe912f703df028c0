/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first thing that each source on the kernel's side includes: what its build system would have
 * defined, and three settings that its configuration will not give us. User-mode Linux has no JIT,
 * and BTF is offered only where pahole is installed, which nothing here needs.
 */
#define KBUILD_MODFILE "retort"
#define KBUILD_BASENAME "retort"
#define KBUILD_MODNAME "retort"
#define __KBUILD_MODNAME retort
#define CONFIG_BPF_JIT 1
#define CONFIG_DEBUG_INFO_BTF 1
#define CONFIG_DEBUG_INFO_BTF_MODULES 1
