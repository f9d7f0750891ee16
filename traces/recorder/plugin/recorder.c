/*
 * A QEMU plugin that records what trapline needs of an arm64 machine: system register accesses with values,
 * exceptions, ERET, HVC, SMC, WFI, TLBI and AT, as Tarmac text. See README.md beside the folder.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "output.h"
#include "retire.h"

EXPORTED int qemu_plugin_version = TRAPLINE_API;

/* QEMU 10.0. */
enum { FIRST_API = 4 };

/* QEMU refuses a plugin that claims more than it has, in words of its own: claim less, and say what is wrong. */
__attribute__((constructor)) static void claim(void)
{
#if HAS_DISCONTINUITIES
    if (qemu_plugin_register_vcpu_discon_cb != NULL) return;
#endif
    if (qemu_plugin_read_memory_vaddr != NULL) qemu_plugin_version = 4;
    else qemu_plugin_version = qemu_plugin_scoreboard_new != NULL ? 2 : 1;
}

/*
 * Sites are never freed: QEMU does not say when a block is gone, and the code of a kernel and its guests has some ten
 * thousand of them. Several CPUs translate at the same time, each with room of its own.
 */
static struct site *new_site(void)
{
    enum { SITES = 1024 };
    static __thread struct site *room;
    static __thread unsigned left;
    if (left == 0) {
        room = calloc(SITES, sizeof *room);
        if (room == NULL) abort();
        left = SITES;
    }
    left--;
    return room++;
}

/* Returns whether the instruction is one that the next has to be watched for. */
static bool instrument(struct qemu_plugin_insn *insn, uint64_t behind)
{
    uint32_t opcode = 0;
    if (qemu_plugin_insn_data(insn, &opcode, sizeof opcode) != sizeof opcode) return false;
    struct decoded what = decode(opcode);
    if (what.kind == KIND_NONE) return false;
    struct site *site = new_site();
    *site = (struct site){opcode, what, qemu_plugin_insn_vaddr(insn), behind, frequent_find(&what)};
    if (site->frequent < 0) {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_site, CB_R_REGS, site);
        return true;
    }
    unsigned index = (unsigned)site->frequent;
    qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, INLINE_ADD_U64, board_frequent(index), 1);
    if (frequent[index].logged == LOGGED_NEVER) return false;
    qemu_plugin_register_vcpu_insn_exec_cond_cb(
        insn, on_site, CB_R_REGS, COND_NE, frequent[index].logged == LOGGED_AT_EL2 ? BOARD(at_el2) : BOARD(in_switch), 0,
        site);
    return true;
}

static void translated(struct qemu_plugin_tb *tb)
{
    size_t length = qemu_plugin_tb_n_insns(tb);
    bool watched = false;

#if !HAS_DISCONTINUITIES
    /* Before all else of this block, which is not to be taken for part of what was interrupted. */
    if ((qemu_plugin_tb_vaddr(tb) & 0x7f) == 0) {
        qemu_plugin_register_vcpu_tb_exec_cb(tb, on_vector, CB_R_REGS, (void *)(uintptr_t)qemu_plugin_tb_vaddr(tb));
    }
#endif
    qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, INLINE_ADD_U64, BOARD(count), length);
    qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, INLINE_STORE_U64, BOARD(block),
                                                      block_of(qemu_plugin_tb_vaddr(tb), length));
    qemu_plugin_register_vcpu_tb_exec_cond_cb(tb, on_next, CB_R_REGS, COND_NE, BOARD(pending), 0, NULL);
    for (size_t i = 0; i < length; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        if (watched) {
            qemu_plugin_register_vcpu_insn_exec_cond_cb(insn, on_next, CB_R_REGS, COND_NE, BOARD(pending), 0, NULL);
        }
        watched = instrument(insn, length - 1 - i);
    }
}

static void finished(void *nothing)
{
    (void)nothing;
    if (output_is_held()) {
        fprintf(stderr, "trapline recorder: no guest was loaded, so nothing was recorded; from=boot records all\n");
    } else {
        for (unsigned i = 0; i < cpu_count; i++) report_counts(&cpus[i]);
    }
    output_close();
}

#if TRAPLINE_API >= 7
static void initialised(unsigned number, void *nothing)
{
    (void)nothing;
#else
static void initialised(qemu_plugin_id_t id, unsigned number)
{
    (void)id;
#endif
    if (number < MOST_CPUS) {
        cpu_init(number);
        return;
    }
    fprintf(stderr, "trapline recorder: more than %d CPUs\n", MOST_CPUS);
    exit(1);
}

#if TRAPLINE_API >= 7
static void on_translation(struct qemu_plugin_tb *tb, void *nothing)
{
    (void)nothing;
    translated(tb);
}

static void on_discon(unsigned number, int type, uint64_t from, uint64_t to, void *nothing)
{
    (void)nothing;
    on_discontinuity(number, type, from, to);
}
#else
static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    translated(tb);
}

#if HAS_DISCONTINUITIES
static void on_discon(qemu_plugin_id_t id, unsigned number, int type, uint64_t from, uint64_t to)
{
    (void)id;
    on_discontinuity(number, type, from, to);
}
#endif
#endif

/* The lines at the beginning: what is counted is said there, so that a part of a recording says so too. */
static void header(void)
{
    static const char first[] = "Tarmac Text Rev 3t\n";
    output_header(first, sizeof first - 1);
    for (unsigned i = 0; i < frequent_count; i++) {
        struct text text;
        char room[NAME_SIZE];
        enum kind kind = frequent[i].kind;
        bool access = kind == KIND_MRS || kind == KIND_MSR;
        text_begin(&text, 0, 0);
        text_counted(&text, kind == KIND_MRS ? "MRS" : kind == KIND_MSR ? "MSR" : kind == KIND_AT ? "AT" : "TLBI",
                     access ? register_name(frequent[i].encoding, room) : "", 0);
        output_header(text.bytes, text.length);
    }
}

static int refuse(const char *what, const char *value)
{
    fprintf(stderr, "trapline recorder: %s%s\n", what, value);
    return -1;
}

EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    const char *out = NULL;
    bool held = true;
    char usual[] = "usual";
    const char *wrong = frequent_parse(usual);

    if (info->version.cur < FIRST_API) {
        fprintf(stderr, "trapline recorder: this QEMU has plugin API %d; recording takes API %d: QEMU 10.0 or later\n",
                info->version.cur, FIRST_API);
        return -1;
    }
    if (info->version.cur < TRAPLINE_API) {
        fprintf(stderr, "trapline recorder: made for plugin API %d, and this QEMU has %d: build it with make API=%d\n",
                TRAPLINE_API, info->version.cur, info->version.cur);
        return -1;
    }
    if (!info->system_emulation || strcmp(info->target_name, "aarch64") != 0) {
        return refuse("records whole arm64 machines (qemu-system-aarch64), not ", info->target_name);
    }
    for (int i = 0; i < argc && wrong == NULL; i++) {
        if (strncmp(argv[i], "out=", 4) == 0) out = argv[i] + 4;
        else if (strcmp(argv[i], "from=guest") == 0) held = true;
        else if (strcmp(argv[i], "from=boot") == 0) held = false;
        else if (strncmp(argv[i], "count=", 6) == 0) wrong = frequent_parse(argv[i] + 6);
        else return refuse("options are out=FILE, from=guest|boot, count=usual|none|NAME+NAME; this is none: ", argv[i]);
    }
    if (wrong != NULL) return refuse("count= takes usual, none, TLBI, AT and names of registers, not ", wrong);
    if (out == NULL) return refuse("out=FILE is missing; ", "a named pipe is a file too, and - is standard output");
    boards = qemu_plugin_scoreboard_new(sizeof(struct board));
    if (!output_open(out, held, write_start)) {
        fprintf(stderr, "trapline recorder: %s: %s\n", out, strerror(errno));
        return -1;
    }
    header();
#if TRAPLINE_API >= 7
    qemu_plugin_register_vcpu_init_cb(id, initialised, NULL);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation, NULL);
    qemu_plugin_register_vcpu_discon_cb(id, DISCON_ALL, on_discon, NULL);
#else
    qemu_plugin_register_vcpu_init_cb(id, initialised);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
#if HAS_DISCONTINUITIES
    qemu_plugin_register_vcpu_discon_cb(id, DISCON_ALL, on_discon);
#endif
#endif
    qemu_plugin_register_atexit_cb(id, finished, NULL);
    return 0;
}
