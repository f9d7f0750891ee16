/*
 * Stands for QEMU in tests of the recorder: executes what it is told to and calls the plugin back as QEMU does.
 * Standard input, a line each: `reg NAME HEX`, `block PC OPCODE[:NAME=HEX]...` (the register is set behind the
 * instruction), `stop N` (the next block ends at its Nth instruction, which traps), `discon TYPE FROM TO`, `cpu N`,
 * `end`. Arguments: the plugin's options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu-api.h"

extern int qemu_plugin_version;
int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

enum { CPUS = 2, REGISTERS = 64, CALLS = 4096, BOARD = 8192 };

struct qemu_plugin_register {
    char name[16];
    uint64_t value[CPUS];
};
static struct qemu_plugin_register registers[REGISTERS];
static unsigned register_count, cpu;

struct call {
    enum { CALL, ADD, STORE } what;
    exec_cb cb;
    void *userdata;
    int cond;
    qemu_plugin_u64 entry;
    uint64_t imm;
};
struct qemu_plugin_insn {
    uint64_t pc;
    uint32_t opcode;
    struct call calls[8];
    unsigned call_count;
};
struct qemu_plugin_tb {
    struct qemu_plugin_insn insns[512];
    size_t count;
    struct call calls[8];
    unsigned call_count;
};
struct qemu_plugin_scoreboard {
    char bytes[CPUS][BOARD];
};

static init_cb on_init;
static trans_cb on_trans;
static discon_cb on_discon;
static atexit_cb on_exit_cb;

static void fail(const char *what)
{
    fprintf(stderr, "fake QEMU: %s\n", what);
    exit(3);
}

static struct qemu_plugin_register *find(const char *name)
{
    for (unsigned i = 0; i < register_count; i++) {
        if (strcmp(registers[i].name, name) == 0) return &registers[i];
    }
    if (register_count == REGISTERS || strlen(name) >= sizeof registers[0].name) fail("too many registers");
    strcpy(registers[register_count].name, name);
    return &registers[register_count++];
}

static uint64_t *cell(qemu_plugin_u64 entry, unsigned number)
{
    if (entry.offset + 8 > BOARD) fail("beyond the scoreboard");
    return (uint64_t *)(entry.score->bytes[number] + entry.offset);
}

GByteArray *g_byte_array_new(void)
{
    GByteArray *array = calloc(1, sizeof *array);
    array->data = calloc(1, 8);
    return array;
}
GByteArray *g_byte_array_set_size(GByteArray *array, unsigned length)
{
    array->len = length;
    return array;
}
unsigned g_array_get_element_size(GArray *array)
{
    (void)array;
    return sizeof(qemu_plugin_reg_descriptor);
}
char *g_array_free(GArray *array, int free_segment)
{
    if (free_segment) free(array->data);
    free(array);
    return NULL;
}

void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id, init_cb cb, void *userdata)
{
    (void)id, (void)userdata;
    on_init = cb;
}
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, trans_cb cb, void *userdata)
{
    (void)id, (void)userdata;
    on_trans = cb;
}
void qemu_plugin_register_vcpu_discon_cb(qemu_plugin_id_t id, int type, discon_cb cb, void *userdata)
{
    (void)id, (void)type, (void)userdata;
    on_discon = cb;
}
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, atexit_cb cb, void *userdata)
{
    (void)id, (void)userdata;
    on_exit_cb = cb;
}

static void add_call(struct call *calls, unsigned *count, struct call call)
{
    if (*count == 8) fail("too many calls");
    calls[(*count)++] = call;
}

void qemu_plugin_register_vcpu_tb_exec_cond_cb(struct qemu_plugin_tb *tb, exec_cb cb, int flags, int cond,
                                               qemu_plugin_u64 entry, uint64_t imm, void *userdata)
{
    (void)flags;
    add_call(tb->calls, &tb->call_count, (struct call){CALL, cb, userdata, cond, entry, imm});
}
void qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(struct qemu_plugin_tb *tb, int op, qemu_plugin_u64 entry,
                                                       uint64_t imm)
{
    add_call(tb->calls, &tb->call_count,
             (struct call){op == INLINE_ADD_U64 ? ADD : STORE, NULL, NULL, COND_ALWAYS, entry, imm});
}
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, exec_cb cb, int flags, void *userdata)
{
    (void)flags;
    add_call(insn->calls, &insn->call_count, (struct call){CALL, cb, userdata, COND_ALWAYS, {NULL, 0}, 0});
}
void qemu_plugin_register_vcpu_insn_exec_cond_cb(struct qemu_plugin_insn *insn, exec_cb cb, int flags, int cond,
                                                 qemu_plugin_u64 entry, uint64_t imm, void *userdata)
{
    (void)flags;
    add_call(insn->calls, &insn->call_count, (struct call){CALL, cb, userdata, cond, entry, imm});
}
void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(struct qemu_plugin_insn *insn, int op, qemu_plugin_u64 entry,
                                                         uint64_t imm)
{
    add_call(insn->calls, &insn->call_count,
             (struct call){op == INLINE_ADD_U64 ? ADD : STORE, NULL, NULL, COND_ALWAYS, entry, imm});
}

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb)
{
    return tb->count;
}
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb)
{
    return tb->insns[0].pc;
}
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index)
{
    return (struct qemu_plugin_insn *)&tb->insns[index];
}
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to, size_t length)
{
    memcpy(to, &insn->opcode, length < 4 ? length : 4);
    return length < 4 ? length : 4;
}
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn)
{
    return insn->pc;
}

GArray *qemu_plugin_get_registers(void)
{
    GArray *array = calloc(1, sizeof *array);
    qemu_plugin_reg_descriptor *all = calloc(register_count, sizeof *all);
    for (unsigned i = 0; i < register_count; i++) {
        all[i].handle = &registers[i];
        all[i].name = registers[i].name;
    }
    array->data = (char *)all;
    array->len = register_count;
    return array;
}
bool qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *value)
{
    memcpy(value->data, &handle->value[cpu], 8);
    value->len = 8;
    return true;
}
bool qemu_plugin_read_memory_vaddr(uint64_t address, GByteArray *data, size_t length)
{
    (void)address, (void)data, (void)length;
    return false;
}

struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t element_size)
{
    if (element_size > BOARD) fail("the scoreboard is too small");
    return calloc(1, sizeof(struct qemu_plugin_scoreboard));
}
uint64_t qemu_plugin_u64_get(qemu_plugin_u64 entry, unsigned number)
{
    return *cell(entry, number);
}
void qemu_plugin_u64_set(qemu_plugin_u64 entry, unsigned number, uint64_t value)
{
    *cell(entry, number) = value;
}

static void perform(const struct call *calls, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct call *call = &calls[i];
        if (call->what == ADD) *cell(call->entry, cpu) += call->imm;
        else if (call->what == STORE) *cell(call->entry, cpu) = call->imm;
        else if (call->cond == COND_ALWAYS || *cell(call->entry, cpu) != call->imm) call->cb(cpu, call->userdata);
    }
}

static void execute(char *rest, unsigned stop)
{
    static struct qemu_plugin_tb tb;
    char *after[512] = {0}, *next = NULL;
    memset(&tb, 0, sizeof tb);
    uint64_t pc = strtoull(strtok_r(rest, " \n", &next), NULL, 16);
    for (char *word = strtok_r(NULL, " \n", &next); word; word = strtok_r(NULL, " \n", &next)) {
        after[tb.count] = strchr(word, ':');
        tb.insns[tb.count].pc = pc + 4 * tb.count;
        tb.insns[tb.count++].opcode = (uint32_t)strtoul(word, NULL, 16);
    }
    on_trans(&tb, NULL);
    perform(tb.calls, tb.call_count);
    for (size_t i = 0; i < tb.count; i++) {
        /* The callback of an instruction comes before it is known whether it traps. */
        perform(tb.insns[i].calls, tb.insns[i].call_count);
        if (i + 1 == stop) return;
        if (after[i]) {
            char *name = after[i] + 1, *value = strchr(name, '=');
            *value = 0;
            find(name)->value[cpu] = strtoull(value + 1, NULL, 16);
        }
    }
}

int main(int argc, char **argv)
{
    const qemu_info_t info = {"aarch64", {0, qemu_plugin_version}, true, {CPUS, CPUS}};
    static const char *const known[] = {"cpsr",    "HCR_EL2",  "VTTBR_EL2", "VMPIDR_EL2", "FAR_EL2", "HPFAR_EL2",
                                        "ESR_EL1", "ESR_EL2",  "ELR_EL2",   "SPSR_EL1",   "SPSR_EL2"};
    char line[65536];
    unsigned stop = 0;
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++) find(known[i]);
    for (unsigned i = 0; i < 31; i++) {
        char name[8];
        snprintf(name, sizeof name, "x%u", i);
        find(name);
    }
    if (qemu_plugin_install(1, &info, argc - 1, argv + 1) != 0) return 1;
    for (cpu = 0; cpu < CPUS; cpu++) on_init(cpu, NULL);
    cpu = 0;
    while (fgets(line, sizeof line, stdin)) {
        char name[16];
        unsigned long long value, to;
        int type;
        if (sscanf(line, "reg %15s %llx", name, &value) == 2) find(name)->value[cpu] = value;
        else if (sscanf(line, "stop %u", &stop) == 1) continue;
        else if (sscanf(line, "cpu %u", &cpu) == 1) continue;
        else if (sscanf(line, "discon %d %llx %llx", &type, &value, &to) == 3) on_discon(cpu, type, value, to, NULL);
        else if (strncmp(line, "block ", 6) == 0) execute(line + 6, stop), stop = 0;
        else if (strncmp(line, "end", 3) == 0) on_exit_cb(NULL);
        else fail(line);
    }
    return 0;
}
