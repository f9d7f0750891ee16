#include "retire.h"

#include <string.h>

#include "names.h"
#include "output.h"

/* MSR VTTBR_EL2: KVM loads a guest's stage 2 with it, before anything of the guest runs. */
static const uint16_t vttbr_el2 = 0xe108;

/* So often each CPU tells what it counted, so that a recording that is cut off is wrong by little. */
enum { LINES_PER_REPORT = 1 << 16 };

static void emit(struct cpu *cpu, const struct text *text)
{
    output_lines(text->bytes, text->length);
    if (++cpu->lines % LINES_PER_REPORT == 0 && !output_is_held()) report_counts(cpu);
}

void report_counts(struct cpu *cpu)
{
    struct text text;
    for (unsigned i = 0; i < frequent_count; i++) {
        char room[NAME_SIZE];
        enum kind kind = frequent[i].kind;
        bool access = kind == KIND_MRS || kind == KIND_MSR;
        uint64_t all = qemu_plugin_u64_get(board_frequent(i), cpu->number) - cpu->logged[i];
        if (all == cpu->reported[i]) continue;
        text_begin(&text, cpu->number, qemu_plugin_u64_get(BOARD(count), cpu->number));
        text_counted(&text, kind == KIND_MRS ? "MRS" : kind == KIND_MSR ? "MSR" : kind == KIND_AT ? "AT" : "TLBI",
                     access ? register_name(frequent[i].encoding, room) : "", all - cpu->reported[i]);
        cpu->reported[i] = all;
        output_lines(text.bytes, text.length);
    }
}

static void told_lines(struct text *text, const struct cpu *cpu, bool at_their_time)
{
    const struct told *const all[] = {&cpu->hcr, &cpu->vttbr, &cpu->vmpidr};
    static const char *const names[] = {"HCR_EL2", "VTTBR_EL2", "VMPIDR_EL2"};
    for (int i = 0; i < 3; i++) {
        if (!all[i]->known) continue;
        if (at_their_time) text->time = all[i]->time;
        text_register(text, names[i], all[i]->value);
    }
}

size_t write_start(char *lines, size_t room)
{
    size_t length = 0;
    for (unsigned i = 0; i < cpu_count; i++) {
        struct text text;
        text_begin(&text, i, 0);
        told_lines(&text, &cpus[i], true);
        if (length + text.length > room) break;
        memcpy(lines + length, text.bytes, text.length);
        length += text.length;
    }
    return length;
}

/* The recording begins: nothing before it counts. */
static void release(void)
{
    for (unsigned i = 0; i < cpu_count; i++) {
        for (unsigned j = 0; j < frequent_count; j++) {
            cpus[i].reported[j] = qemu_plugin_u64_get(board_frequent(j), i) - cpus[i].logged[j];
        }
    }
    output_release();
}

static void wrote(struct cpu *cpu, struct text *text)
{
    char room[NAME_SIZE];
    uint16_t encoding = cpu->waiting.what.encoding;
    bool redirected = level_of(cpu->waiting.cpsr) == 2 && cpu_under_e2h(cpu);
    /* Asked before HCR_EL2 is read again: an MSR that sets E2H was not redirected itself. */
    text_register(text, redirected ? register_under_e2h(encoding, room) : register_name(encoding, room),
                  cpu->waiting_value);
    bool who = encoding == 0xe088 || encoding == vttbr_el2 || encoding == 0xe005;
    if (who) cpu_refresh(cpu, cpu->cpsr, cpu->waiting_time);
}

/* What waits has retired. `cpsr` of the code that comes next, where an ERET has changed it. */
static void retire(struct cpu *cpu, uint32_t cpsr)
{
    struct retired *waiting = &cpu->waiting;
    struct text text;

    cpu->waits = false;
    qemu_plugin_u64_set(BOARD(pending), cpu->number, 0);
    text_begin(&text, cpu->number, cpu->waiting_time);
    if (waiting->what.kind == KIND_NONE) {
        /* The first instruction of this CPU, or the first after it was switched on again. */
        cpu_refresh(cpu, cpsr, 0);
        told_lines(&text, cpu, false);
    } else {
        text_instruction(&text, waiting);
    }
    switch (waiting->what.kind) {
    case KIND_MSR:
        wrote(cpu, &text);
        break;
    case KIND_MRS:
        if (waiting->what.rt < 31) {
            char name[] = {'X', (char)('0' + waiting->what.rt / 10), (char)('0' + waiting->what.rt % 10), 0};
            if (waiting->what.rt < 10) memmove(name + 1, name + 2, 2);
            text_register(&text, name, cpu_general(cpu, waiting->what.rt));
        }
        break;
    case KIND_ERET:
        cpu_refresh(cpu, cpsr, cpu->waiting_time);
        /* A guest is entered: who it is, read from the machine and not put together from what was written. */
        if (level_of(waiting->cpsr) == 2 && level_of(cpsr) < 2 && cpu_guest_traps(cpu)) {
            text_register(&text, "HCR_EL2", cpu->hcr.value);
            text_register(&text, "VTTBR_EL2", cpu->vttbr.value);
        }
        break;
    default:
        break;
    }
    emit(cpu, &text);
    if (waiting->what.encoding == vttbr_el2 && waiting->what.kind == KIND_MSR && cpu->vttbr.value >> 48 &&
        output_is_held()) {
        release();
    }
}

void on_next(unsigned number, void *nothing)
{
    struct cpu *cpu = &cpus[number];
    uint64_t cpsr = cpu->cpsr;
    (void)nothing;
    if (!cpu->waits) return;
    if (cpu->waiting.what.kind == KIND_ERET || cpu->waiting.what.kind == KIND_NONE) {
        cpu_sysreg(cpu, SYSREG_CPSR, &cpsr);
    }
    retire(cpu, (uint32_t)cpsr);
}

void on_site(unsigned number, void *given)
{
    struct cpu *cpu = &cpus[number];
    const struct site *site = given;

    on_next(number, NULL);
    cpu->waits = true;
    cpu->waiting = (struct retired){site->what, site->opcode, site->pc, cpu->cpsr};
    cpu->waiting_time = qemu_plugin_u64_get(BOARD(count), number) - site->behind;
    if (site->what.kind == KIND_MSR) cpu->waiting_value = cpu_general(cpu, site->what.rt);
    if (site->frequent >= 0) cpu->logged[site->frequent]++;
    qemu_plugin_u64_set(BOARD(pending), number, 1);
}

enum { EC_HVC = 0x16, EC_IABT_LOW = 0x20, EC_DABT_LOW = 0x24 };

/* Whether what waits retired, though the next thing that happened is an exception. */
static bool retired_before(const struct cpu *cpu, bool sync, unsigned class, uint64_t from)
{
    if (!sync) return true;
    /* An HVC that is executed causes an exception of its own class; one that is not, of another. */
    if (cpu->waiting.what.kind == KIND_HVC) return class == EC_HVC;
    return from != cpu->waiting.pc;
}

void on_discontinuity(unsigned number, int type, uint64_t from, uint64_t to)
{
    struct cpu *cpu = &cpus[number];
    uint64_t cpsr = cpu->cpsr, esr = 0, spsr = cpu->cpsr;

    if (type == DISCON_HOSTCALL) {
        on_next(number, NULL);
        return;
    }
    cpu_sysreg(cpu, SYSREG_CPSR, &cpsr);
    unsigned target = level_of((uint32_t)cpsr);
    if (target == 0) return;
    unsigned vector = to & 0x780;
    bool sync = (vector & 0x180) == 0;
    cpu_sysreg(cpu, (enum sysreg)(SYSREG_ESR_EL1 + target - 1), &esr);
    cpu_sysreg(cpu, (enum sysreg)(SYSREG_SPSR_EL1 + target - 1), &spsr);
    unsigned class = (esr >> 26) & 63;
    if (cpu->waits) {
        if (retired_before(cpu, sync, class, from)) {
            retire(cpu, (uint32_t)spsr);
        } else {
            cpu->waits = false;
            qemu_plugin_u64_set(BOARD(pending), number, 0);
        }
    }
    if (sync && type == DISCON_EXCEPTION) {
        /* The block's instructions were counted when it began. Interrupts are taken between blocks. */
        uint64_t count = qemu_plugin_u64_get(BOARD(count), number);
        uint64_t unexecuted = block_from(qemu_plugin_u64_get(BOARD(block), number), from);
        qemu_plugin_u64_set(BOARD(count), number, count - unexecuted);
    }
    bool from_guest = target == 2 && level_of((uint32_t)spsr) < 2 && cpu_guest_traps(cpu);
    uint64_t time = qemu_plugin_u64_get(BOARD(count), number);
    cpu_refresh(cpu, (uint32_t)cpsr, time);

    struct text text;
    uint64_t value;
    char esr_name[] = "ESR_EL1", spsr_name[] = "SPSR_EL1";
    esr_name[6] = spsr_name[7] = (char)('0' + target);
    text_begin(&text, number, time);
    text_exception(&text, from, vector);
    if (sync) text_register(&text, esr_name, esr);
    text_register(&text, spsr_name, spsr);
    if (sync && from_guest && (class == EC_IABT_LOW || class == EC_DABT_LOW)) {
        if (cpu_sysreg(cpu, SYSREG_FAR_EL2, &value)) text_register(&text, "FAR_EL2", value);
        if (cpu_sysreg(cpu, SYSREG_HPFAR_EL2, &value)) text_register(&text, "HPFAR_EL2", value);
    }
    if (from_guest) {
        text_register(&text, "HCR_EL2", cpu->hcr.value);
        text_register(&text, "VTTBR_EL2", cpu->vttbr.value);
    }
    emit(cpu, &text);
}

void on_vector(unsigned number, void *address)
{
    struct cpu *cpu = &cpus[number];
    uint64_t pc = (uintptr_t)address, cpsr = 0, vbar = 0, elr = 0;

    if (!cpu_sysreg(cpu, SYSREG_CPSR, &cpsr)) return;
    unsigned level = level_of((uint32_t)cpsr);
    if (level == 0 || !cpu_sysreg(cpu, (enum sysreg)(SYSREG_VBAR_EL1 + level - 1), &vbar)) return;
    /* Nobody branches to a vector: whatever runs there was an exception. */
    if ((pc & ~(uint64_t)0x7ff) != vbar) return;
    cpu_sysreg(cpu, (enum sysreg)(SYSREG_ELR_EL1 + level - 1), &elr);
    on_discontinuity(number, pc & 0x180 ? DISCON_INTERRUPT : DISCON_EXCEPTION, elr, pc);
}
