#include "cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct cpu cpus[MOST_CPUS];
unsigned cpu_count;
struct qemu_plugin_scoreboard *boards;

const char *const sysreg_names[SYSREG_COUNT] = {
    "cpsr",    "HCR_EL2", "VTTBR_EL2", "VMPIDR_EL2", "FAR_EL2",  "HPFAR_EL2", "ESR_EL1",  "ESR_EL2",
    "ESR_EL3", "ELR_EL1", "ELR_EL2",   "ELR_EL3",    "SPSR_EL1", "SPSR_EL2",  "SPSR_EL3", "VBAR_EL1",
    "VBAR_EL2", "VBAR_EL3",
};

enum { HCR_VM = 1 << 0, HCR_TGE = 1 << 27 };
static const uint64_t HCR_E2H = (uint64_t)1 << 34;

void cpu_init(unsigned number)
{
    struct cpu *cpu = &cpus[number];
    GArray *registers = qemu_plugin_get_registers();
    unsigned size = g_array_get_element_size(registers);

    cpu->number = number;
    cpu->room = g_byte_array_new();
    for (unsigned i = 0; i < registers->len; i++) {
        const qemu_plugin_reg_descriptor *each = (const void *)(registers->data + i * size);
        unsigned general;
        char end;
        if (sscanf(each->name, "x%2u%c", &general, &end) == 1 && general < 31) cpu->general[general] = each->handle;
        for (unsigned j = 0; j < SYSREG_COUNT; j++) {
            if (strcasecmp(each->name, sysreg_names[j]) == 0) cpu->sysregs[j] = each->handle;
        }
    }
    g_array_free(registers, 1);
    if (number >= cpu_count) cpu_count = number + 1;
    cpu->waits = true;
    cpu->waiting.what.kind = KIND_NONE;
    qemu_plugin_u64_set(BOARD(pending), number, 1);
}

static bool read(struct cpu *cpu, struct qemu_plugin_register *handle, uint64_t *value)
{
    if (handle == NULL) return false;
    g_byte_array_set_size(cpu->room, 0);
    qemu_plugin_read_register(handle, cpu->room);
    if (cpu->room->len == 0 || cpu->room->len > 8) return false;
    /* The bytes are in the target's order: little-endian. */
    *value = 0;
    for (unsigned i = cpu->room->len; i-- > 0;) *value = *value << 8 | cpu->room->data[i];
    return true;
}

bool cpu_sysreg(struct cpu *cpu, enum sysreg which, uint64_t *value)
{
    return read(cpu, cpu->sysregs[which], value);
}

uint64_t cpu_general(struct cpu *cpu, unsigned number)
{
    uint64_t value = 0;
    if (number < 31) read(cpu, cpu->general[number], &value);
    return value;
}

static void refresh(struct cpu *cpu, struct told *told, enum sysreg which, uint64_t time)
{
    uint64_t value;
    if (!cpu_sysreg(cpu, which, &value)) return;
    if (!told->known || told->value != value) told->time = time;
    told->known = true;
    told->value = value;
}

void cpu_refresh(struct cpu *cpu, uint32_t cpsr, uint64_t time)
{
    cpu->cpsr = cpsr;
    refresh(cpu, &cpu->hcr, SYSREG_HCR_EL2, time);
    refresh(cpu, &cpu->vttbr, SYSREG_VTTBR_EL2, time);
    refresh(cpu, &cpu->vmpidr, SYSREG_VMPIDR_EL2, time);
    bool el2 = level_of(cpsr) == 2;
    bool traps = (cpu->hcr.value & HCR_VM) && !(cpu->hcr.value & HCR_TGE);
    qemu_plugin_u64_set(BOARD(at_el2), cpu->number, el2);
    qemu_plugin_u64_set(BOARD(in_switch), cpu->number, el2 && (traps || !cpu_under_e2h(cpu)));
}

bool cpu_under_e2h(const struct cpu *cpu)
{
    return (cpu->hcr.value & HCR_E2H) != 0;
}

bool cpu_guest_traps(const struct cpu *cpu)
{
    return (cpu->hcr.value & HCR_VM) && !(cpu->hcr.value & HCR_TGE) && cpu->vttbr.value >> 48;
}

uint64_t block_from(uint64_t block, uint64_t pc)
{
    uint64_t length = block >> 54;
    uint64_t into = block_of(pc, 0) - block_of(block, 0);
    return into / 4 < length ? length - into / 4 : 0;
}
