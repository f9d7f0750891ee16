/*
 * The smallest VMM that boots Linux under KVM on arm64: memory, a GICv3 in the kernel, PSCI, and a console that can be
 * written. vmm IMAGE INITRD VCPUS MEGABYTES ARGUMENTS
 * Source: Documentation/virt/kvm/api.rst and Documentation/arch/arm64/booting.rst of Linux.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine.h"

enum { MOST_VCPUS = 8 };

static int vm;
static int vcpus[MOST_VCPUS];
static size_t run_size;

static void fail(const char *what)
{
    fprintf(stderr, "vmm: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int call(int fd, unsigned long request, const void *argument, const char *what)
{
    int result = ioctl(fd, request, argument);
    if (result < 0) fail(what);
    return result;
}

static uint64_t load(const char *path, uint8_t *to, uint64_t room)
{
    int fd = open(path, O_RDONLY);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) < 0) fail(path);
    uint64_t done = 0;
    if ((uint64_t)about.st_size > room) {
        fprintf(stderr, "vmm: %s does not fit\n", path);
        exit(1);
    }
    while (done < (uint64_t)about.st_size) {
        ssize_t got = read(fd, to + done, (size_t)about.st_size - done);
        if (got <= 0) fail(path);
        done += (uint64_t)got;
    }
    close(fd);
    return done;
}

static void gic_attribute(int gic, uint32_t group, uint64_t attribute, const void *value)
{
    struct kvm_device_attr about = {.group = group, .attr = attribute, .addr = (uintptr_t)value};
    call(gic, KVM_SET_DEVICE_ATTR, &about, "KVM_SET_DEVICE_ATTR (GICv3)");
}

static void make_gic(unsigned count)
{
    struct kvm_create_device device = {.type = KVM_DEV_TYPE_ARM_VGIC_V3};
    uint64_t dist = GIC_DIST;
    uint64_t redist = GIC_REDIST | (uint64_t)count << 52; /* count in bits 63:52, flags and index 0 */
    uint32_t interrupts = 32 + SPIS;
    call(vm, KVM_CREATE_DEVICE, &device, "KVM_CREATE_DEVICE (GICv3)");
    int gic = (int)device.fd;
    gic_attribute(gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &dist);
    gic_attribute(gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION, &redist);
    gic_attribute(gic, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &interrupts);
    gic_attribute(gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
}

static void make_vcpus(unsigned count)
{
    struct kvm_vcpu_init init;
    call(vm, KVM_ARM_PREFERRED_TARGET, &init, "KVM_ARM_PREFERRED_TARGET");
    init.features[0] |= 1u << KVM_ARM_VCPU_PSCI_0_2;
    if (ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_PTRAUTH_ADDRESS) > 0 &&
        ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_PTRAUTH_GENERIC) > 0) {
        init.features[0] |= 1u << KVM_ARM_VCPU_PTRAUTH_ADDRESS | 1u << KVM_ARM_VCPU_PTRAUTH_GENERIC;
    }
    for (unsigned i = 0; i < count; i++) {
        struct kvm_vcpu_init each = init;
        vcpus[i] = ioctl(vm, KVM_CREATE_VCPU, (unsigned long)i);
        if (vcpus[i] < 0) fail("KVM_CREATE_VCPU");
        if (i > 0) each.features[0] |= 1u << KVM_ARM_VCPU_POWER_OFF;
        call(vcpus[i], KVM_ARM_VCPU_INIT, &each, "KVM_ARM_VCPU_INIT");
    }
}

static void set_core(int vcpu, uint64_t offset, uint64_t value)
{
    struct kvm_one_reg about = {
        .id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | offset / sizeof(uint32_t),
        .addr = (uintptr_t)&value,
    };
    call(vcpu, KVM_SET_ONE_REG, &about, "KVM_SET_ONE_REG");
}

/* A PL011 of which only the data register does anything, and whose flags say that there is always room. */
static void mmio(struct kvm_run *run)
{
    if (run->mmio.is_write) {
        if (run->mmio.phys_addr == UART) fputc(run->mmio.data[0], stdout);
        if (run->mmio.phys_addr == UART && run->mmio.data[0] == '\n') fflush(stdout);
        return;
    }
    memset(run->mmio.data, 0, sizeof run->mmio.data);
    if (run->mmio.phys_addr == UART + 0x18) run->mmio.data[0] = 0x90; /* UARTFR: TXFE, RXFE */
}

static void *run_vcpu(void *given)
{
    int vcpu = *(int *)given;
    struct kvm_run *run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    if (run == MAP_FAILED) fail("mmap of kvm_run");
    for (;;) {
        if (ioctl(vcpu, KVM_RUN, 0) < 0) {
            if (errno == EINTR || errno == EAGAIN) continue;
            fail("KVM_RUN");
        }
        switch (run->exit_reason) {
        case KVM_EXIT_MMIO:
            mmio(run);
            break;
        case KVM_EXIT_SYSTEM_EVENT:
            fflush(stdout);
            exit(run->system_event.type == KVM_SYSTEM_EVENT_SHUTDOWN ? 0 : 1);
        default:
            fprintf(stderr, "vmm: exit reason %u\n", run->exit_reason);
            exit(1);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "vmm IMAGE INITRD VCPUS MEGABYTES ARGUMENTS\n");
        return 2;
    }
    struct machine machine = {(unsigned)atoi(argv[3]), strtoull(argv[4], NULL, 10) << 20, 0, argv[5]};
    if (machine.vcpus < 1 || machine.vcpus > MOST_VCPUS || machine.memory < (uint64_t)160 << 20) {
        fprintf(stderr, "vmm: 1 to %d vCPUs, at least 160 MB\n", MOST_VCPUS);
        return 2;
    }
    int kvm = open("/dev/kvm", O_RDWR);
    if (kvm < 0) fail("/dev/kvm");
    vm = ioctl(kvm, KVM_CREATE_VM, 0ul);
    if (vm < 0) fail("KVM_CREATE_VM");
    run_size = (size_t)call(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL, "KVM_GET_VCPU_MMAP_SIZE");

    uint8_t *memory = mmap(NULL, machine.memory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("the guest's memory");
    struct kvm_userspace_memory_region region = {
        .guest_phys_addr = RAM, .memory_size = machine.memory, .userspace_addr = (uintptr_t)memory};
    call(vm, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION");
    load(argv[1], memory, DTB_AT - RAM);
    machine.initrd_size = load(argv[2], memory + (INITRD_AT - RAM), machine.memory - (INITRD_AT - RAM));
    write_device_tree(&machine, memory + (DTB_AT - RAM));

    make_vcpus(machine.vcpus);
    make_gic(machine.vcpus);
    set_core(vcpus[0], offsetof(struct kvm_regs, regs.pc), RAM);
    set_core(vcpus[0], offsetof(struct kvm_regs, regs.regs[0]), DTB_AT);

    pthread_t threads[MOST_VCPUS];
    for (unsigned i = 0; i < machine.vcpus; i++) {
        if (pthread_create(&threads[i], NULL, run_vcpu, &vcpus[i]) != 0) fail("pthread_create");
    }
    pthread_join(threads[0], NULL);
    return 1;
}
