/* What the recorder knows of one CPU of the emulated machine. */
#ifndef TRAPLINE_CPU_H
#define TRAPLINE_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "frequent.h"
#include "qemu-api.h"
#include "text.h"

enum { MOST_CPUS = 512 };

/* What translated code itself keeps up or asks for; one for each CPU, in QEMU's scoreboard. */
struct board {
    /* Instructions executed, the whole block at hand included. */
    uint64_t count;
    /* Start and length of the block at hand: see block_of. */
    uint64_t block;
    /* Not 0: something is to be done before the next instruction. */
    uint64_t pending;
    /* Whether the code at hand switches between host and guest; whether it runs at EL2. */
    uint64_t in_switch;
    uint64_t at_el2;
    /* All executions of what `frequent` lists. */
    uint64_t frequent[MOST_FREQUENT];
};

/* Registers that are read as the debugger reads them. Those that the machine lacks read as unknown. */
enum sysreg {
    SYSREG_CPSR,
    SYSREG_HCR_EL2,
    SYSREG_VTTBR_EL2,
    SYSREG_VMPIDR_EL2,
    SYSREG_FAR_EL2,
    SYSREG_HPFAR_EL2,
    SYSREG_ESR_EL1,
    SYSREG_ESR_EL2,
    SYSREG_ESR_EL3,
    SYSREG_ELR_EL1,
    SYSREG_ELR_EL2,
    SYSREG_ELR_EL3,
    SYSREG_SPSR_EL1,
    SYSREG_SPSR_EL2,
    SYSREG_SPSR_EL3,
    SYSREG_VBAR_EL1,
    SYSREG_VBAR_EL2,
    SYSREG_VBAR_EL3,
    SYSREG_COUNT,
};
extern const char *const sysreg_names[SYSREG_COUNT];

/* Those that tell who runs, with the time of the line that says so. */
struct told {
    bool known;
    uint64_t value;
    uint64_t time;
};

struct cpu {
    unsigned number;
    /* An instruction of which it is not known yet whether it retires; kind NONE: only the state is to be read. */
    struct retired waiting;
    bool waits;
    uint64_t waiting_time;
    uint64_t waiting_value;
    /* CPSR since the last exception or return. */
    uint32_t cpsr;
    struct told hcr, vttbr, vmpidr;
    struct qemu_plugin_register *general[31];
    struct qemu_plugin_register *sysregs[SYSREG_COUNT];
    GByteArray *room;
    uint64_t lines;
    /* Of what `frequent` lists: written as a line, and told in a line of counts. */
    uint64_t logged[MOST_FREQUENT];
    uint64_t reported[MOST_FREQUENT];
};

extern struct cpu cpus[MOST_CPUS];
/* One more than the highest number of a CPU that was there. */
extern unsigned cpu_count;
extern struct qemu_plugin_scoreboard *boards;

void cpu_init(unsigned number);
bool cpu_sysreg(struct cpu *cpu, enum sysreg which, uint64_t *value);
uint64_t cpu_general(struct cpu *cpu, unsigned number);
/* Reads again who runs, after anything that may change it. */
void cpu_refresh(struct cpu *cpu, uint32_t cpsr, uint64_t time);

static inline unsigned level_of(uint32_t cpsr)
{
    return (cpsr >> 2) & 3;
}

bool cpu_under_e2h(const struct cpu *cpu);
/* The traps of a guest are set and stage 2 is one's that is not the host's own. */
bool cpu_guest_traps(const struct cpu *cpu);

#define BOARD(member) ((qemu_plugin_u64){boards, offsetof(struct board, member)})

static inline qemu_plugin_u64 board_frequent(unsigned index)
{
    return (qemu_plugin_u64){boards, offsetof(struct board, frequent) + index * sizeof(uint64_t)};
}

/* A block of QEMU has at most 512 instructions; two blocks that differ only in bits 63:54 are told apart by nobody. */
static inline uint64_t block_of(uint64_t start, uint64_t length)
{
    return length << 54 | (start & (((uint64_t)1 << 54) - 1));
}

/* How many instructions of the block at hand come behind the one at `pc`, it included; 0 if it is not in there. */
uint64_t block_from(uint64_t block, uint64_t pc);

#endif
