/*
 * What the recorder uses of QEMU's plugin API, declared here because Debian ships no qemu-plugin.h.
 * Source: the API reference in QEMU's documentation ("QEMU TCG Plugins"), versions 4 (QEMU 10.0) to 7 (QEMU 11).
 * Version 6 reports exceptions. Version 7 gave every callback a pointer of the plugin's own as its last argument and
 * took the plugin's id away.
 */
#ifndef TRAPLINE_QEMU_API_H
#define TRAPLINE_QEMU_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef TRAPLINE_API
#define TRAPLINE_API 7
#endif
#if TRAPLINE_API < 4 || TRAPLINE_API > 7
#error "TRAPLINE_API: 4 for QEMU 10.0, 5 for 10.1, 6 for 10.2, 7 for 11. An older QEMU has too little."
#endif
#define HAS_DISCONTINUITIES (TRAPLINE_API >= 6)

#define EXPORTED __attribute__((visibility("default")))
/* Weak, so that an older QEMU loads the plugin far enough to be told what is wrong. */
#define FROM_QEMU extern __attribute__((weak))

typedef uint64_t qemu_plugin_id_t;

typedef struct {
    const char *target_name;
    struct {
        int min;
        int cur;
    } version;
    bool system_emulation;
    struct {
        int smp_vcpus;
        int max_vcpus;
    } system;
} qemu_info_t;

enum { DISCON_INTERRUPT = 1, DISCON_EXCEPTION = 2, DISCON_HOSTCALL = 4, DISCON_ALL = -1 };
enum { CB_NO_REGS, CB_R_REGS };
enum { COND_NEVER, COND_ALWAYS, COND_EQ, COND_NE };
enum { INLINE_ADD_U64, INLINE_STORE_U64 };

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_scoreboard;
struct qemu_plugin_register;

typedef struct {
    struct qemu_plugin_scoreboard *score;
    size_t offset;
} qemu_plugin_u64;

/* Later versions have more behind these: the array says how much an element takes. */
typedef struct {
    struct qemu_plugin_register *handle;
    const char *name;
} qemu_plugin_reg_descriptor;

/* The heads of GLib's arrays, which is all that its documentation makes public. */
typedef struct {
    char *data;
    unsigned len;
} GArray;
typedef struct {
    uint8_t *data;
    unsigned len;
} GByteArray;
FROM_QEMU GByteArray *g_byte_array_new(void);
FROM_QEMU GByteArray *g_byte_array_set_size(GByteArray *array, unsigned length);
FROM_QEMU unsigned g_array_get_element_size(GArray *array);
FROM_QEMU char *g_array_free(GArray *array, int free_segment);

typedef void (*exec_cb)(unsigned vcpu, void *userdata);
typedef void (*atexit_cb)(void *userdata);
#if TRAPLINE_API >= 7
typedef void (*init_cb)(unsigned vcpu, void *userdata);
typedef void (*trans_cb)(struct qemu_plugin_tb *tb, void *userdata);
typedef void (*discon_cb)(unsigned vcpu, int type, uint64_t from, uint64_t to, void *userdata);
#define REGISTRATION(name, type) FROM_QEMU void name(qemu_plugin_id_t id, type cb, void *userdata)
FROM_QEMU void qemu_plugin_register_vcpu_discon_cb(qemu_plugin_id_t id, int type, discon_cb cb, void *userdata);
#else
typedef void (*init_cb)(qemu_plugin_id_t id, unsigned vcpu);
typedef void (*trans_cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*discon_cb)(qemu_plugin_id_t id, unsigned vcpu, int type, uint64_t from, uint64_t to);
#define REGISTRATION(name, type) FROM_QEMU void name(qemu_plugin_id_t id, type cb)
FROM_QEMU void qemu_plugin_register_vcpu_discon_cb(qemu_plugin_id_t id, int type, discon_cb cb);
#endif
REGISTRATION(qemu_plugin_register_vcpu_init_cb, init_cb);
REGISTRATION(qemu_plugin_register_vcpu_tb_trans_cb, trans_cb);
#undef REGISTRATION
FROM_QEMU void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, atexit_cb cb, void *userdata);

FROM_QEMU void qemu_plugin_register_vcpu_tb_exec_cb(
    struct qemu_plugin_tb *tb, exec_cb cb, int flags, void *userdata);
FROM_QEMU void qemu_plugin_register_vcpu_tb_exec_cond_cb(
    struct qemu_plugin_tb *tb, exec_cb cb, int flags, int cond, qemu_plugin_u64 entry, uint64_t imm, void *userdata);
FROM_QEMU void qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(
    struct qemu_plugin_tb *tb, int op, qemu_plugin_u64 entry, uint64_t imm);
FROM_QEMU void qemu_plugin_register_vcpu_insn_exec_cb(
    struct qemu_plugin_insn *insn, exec_cb cb, int flags, void *userdata);
FROM_QEMU void qemu_plugin_register_vcpu_insn_exec_cond_cb(
    struct qemu_plugin_insn *insn, exec_cb cb, int flags, int cond, qemu_plugin_u64 entry, uint64_t imm,
    void *userdata);
FROM_QEMU void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(
    struct qemu_plugin_insn *insn, int op, qemu_plugin_u64 entry, uint64_t imm);

FROM_QEMU size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
FROM_QEMU uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
FROM_QEMU struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
FROM_QEMU size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to, size_t length);
FROM_QEMU uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
FROM_QEMU GArray *qemu_plugin_get_registers(void);
/* From version 6 on it says whether it could, before how many bytes it read; the length of the value tells both. */
#if TRAPLINE_API >= 6
FROM_QEMU bool qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *value);
#else
FROM_QEMU int qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *value);
#endif
/* Since version 4; only asked for. */
FROM_QEMU bool qemu_plugin_read_memory_vaddr(uint64_t address, GByteArray *data, size_t length);
FROM_QEMU struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t element_size);
FROM_QEMU uint64_t qemu_plugin_u64_get(qemu_plugin_u64 entry, unsigned vcpu);
FROM_QEMU void qemu_plugin_u64_set(qemu_plugin_u64 entry, unsigned vcpu, uint64_t value);

#endif
