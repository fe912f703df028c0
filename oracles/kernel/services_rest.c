/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locks, RCU, modules, sysfs and user memory, as a process with one thread and one address space
 * needs them: hardly at all. The vmlinux BTF is what the caller has set last.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

struct thread_info retort_thread_info;
struct task_struct* cpu_tasks[NR_CPUS];
unsigned long task_size = 0x7ffffffff000UL;
int signals_enabled;

struct kobject* btf_kobj;
struct btf* btf_vmlinux;
/* The section that a vmlinux carries its BTF in. */
char __start_BTF[1];
char __stop_BTF[1];

#undef mutex_lock
void mutex_lock(struct mutex* mutex) {}
void mutex_unlock(struct mutex* mutex) {}

void __local_bh_enable_ip(unsigned long ip, unsigned int count) {
  retort_thread_info.preempt_count = 0;
}

int um_set_signals(int enable) {
  return 0;
}
int um_get_signals(void) {
  return 0;
}
int __cond_resched(void) {
  return 0;
}
void call_rcu(struct rcu_head* head, rcu_callback_t callback) {
  callback(head);
}

bool try_module_get(struct module* module) {
  return true;
}
void module_put(struct module* module) {}
int register_module_notifier(struct notifier_block* block) {
  return 0;
}
unsigned long kallsyms_lookup_name(const char* name) {
  return 0;
}
/* Asked for stubs alone. */
const char* kallsyms_lookup(unsigned long address, unsigned long* size, unsigned long* offset,
                            char** module, char* name) {
  return "retort_stub";
}
int sysfs_create_bin_file(struct kobject* kobject, const struct bin_attribute* attribute) {
  return 0;
}
void sysfs_remove_bin_file(struct kobject* kobject, const struct bin_attribute* attribute) {}

unsigned long raw_copy_from_user(void* to, const void __user* from, unsigned long size) {
  memcpy(to, (const void*)from, size);
  return 0;
}

unsigned long raw_copy_to_user(void __user* to, const void* from, unsigned long size) {
  memcpy((void*)to, from, size);
  return 0;
}

long copy_from_kernel_nofault(void* to, const void* from, size_t size) {
  memcpy(to, from, size);
  return 0;
}

struct btf* bpf_get_btf_vmlinux(void) {
  return btf_vmlinux;
}
bool bpf_token_capable(const struct bpf_token* token, int capability) {
  return true;
}
