#include "text.h"

#include <stdarg.h>
#include <stdio.h>

#include "names.h"

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
    va_list arguments;
    unsigned room = TEXT_SIZE - text->length;
    va_start(arguments, format);
    int length = vsnprintf(text->bytes + text->length, room, format, arguments);
    va_end(arguments);
    if (length > 0 && (unsigned)length < room) text->length += (unsigned)length;
}

/* Most lines are registers; printf would be half of the cost of recording them. */
static void add_hex(struct text *text, uint64_t value)
{
    static const char digits[] = "0123456789abcdef";
    if (text->length + 16 > TEXT_SIZE) return;
    for (int shift = 60; shift >= 0; shift -= 4) {
        text->bytes[text->length++] = digits[(value >> shift) & 15];
    }
}

void text_begin(struct text *text, unsigned cpu, uint64_t time)
{
    text->length = 0;
    text->cpu = cpu;
    text->time = time;
}

static void stamp(struct text *text, const char *kind)
{
    add(text, "%llu clk cpu%u %s ", (unsigned long long)text->time, text->cpu, kind);
}

static void add_general(struct text *text, unsigned number)
{
    if (number == 31) add(text, "xzr");
    else add(text, "x%u", number);
}

void text_instruction(struct text *text, const struct retired *retired)
{
    char room[NAME_SIZE];
    uint16_t encoding = retired->what.encoding;
    unsigned rt = retired->what.rt;

    stamp(text, "IT");
    add(text, "(%llu) ", (unsigned long long)text->time);
    add_hex(text, retired->pc);
    add(text, " %08x O EL%u%c_n : ", retired->opcode, (retired->cpsr >> 2) & 3, retired->cpsr & 1 ? 'h' : 't');
    switch (retired->what.kind) {
    case KIND_MSR:
        add(text, "MSR      %s,", register_name(encoding, room));
        add_general(text, rt);
        break;
    case KIND_MRS:
        add(text, "MRS      ");
        add_general(text, rt);
        add(text, ",%s", register_name(encoding, room));
        break;
    case KIND_TLBI:
    case KIND_AT:
        add(text, "SYS      #%u,C%u,C%u,#%u,", (encoding >> 11) & 7u, (encoding >> 7) & 15u, (encoding >> 3) & 15u,
            encoding & 7u);
        add_general(text, rt);
        break;
    case KIND_ERET:
        add(text, retired->opcode == 0xd69f0bff ? "ERETAA" : retired->opcode == 0xd69f0fff ? "ERETAB" : "ERET");
        break;
    case KIND_HVC:
    case KIND_SMC:
        add(text, "%s      #0x%x", retired->what.kind == KIND_HVC ? "HVC" : "SMC", (retired->opcode >> 5) & 0xffff);
        break;
    case KIND_WFI:
        add(text, "WFI");
        break;
    case KIND_NONE:
        break;
    }
    add(text, "\n");
}

void text_register(struct text *text, const char *name, uint64_t value)
{
    stamp(text, "R");
    add(text, "%s ", name);
    add_hex(text, value);
    add(text, "\n");
}

void text_exception(struct text *text, uint64_t pc, unsigned vector)
{
    /* Source: Arm ARM, D1.3.1.4 (exception vectors): 0x80 for each cause, 0x200 for each origin. */
    static const char *const origins[] = {"CURRENT_SP0", "CURRENT_SPx", "LOWER_64", "LOWER_32"};
    static const char *const causes[] = {"SYNC", "IRQ", "FIQ", "SERROR"};
    stamp(text, "E");
    add_hex(text, pc);
    add(text, " %08x CoreEvent_%s_%s\n", vector >> 7, origins[(vector >> 9) & 3], causes[(vector >> 7) & 3]);
}

void text_counted(struct text *text, const char *what, const char *name, uint64_t count)
{
    /* SIGNAL is a kind of line that other readers pass over without a warning. */
    stamp(text, "SIGNAL");
    add(text, "COUNTED %s %s%s%llu\n", what, name, *name ? " " : "", (unsigned long long)count);
}
