/*
 * The guest's init: what an ordinary kernel is asked for, so that it switches contexts, takes timer and inter-processor
 * interrupts, faults and sleeps. Then it switches the machine off. `rounds=N` on the kernel's command line.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
    (void)number;
    signals = signals + 1;
}

static void nap(long microseconds)
{
    struct timespec span = {0, microseconds * 1000};
    nanosleep(&span, NULL);
}

static void fork_and_exec(void)
{
    for (int i = 0; i < 4; i++) {
        pid_t child = fork();
        if (child == 0) {
            execl("/init", "init", "nothing", (char *)NULL);
            _exit(1);
        }
        waitpid(child, NULL, 0);
    }
}

static void ping_pong(void)
{
    int there[2], back[2];
    char byte = 0;
    if (pipe(there) < 0 || pipe(back) < 0) return;
    pid_t child = fork();
    if (child == 0) {
        close(there[1]);
        while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1) continue;
        _exit(0);
    }
    for (int i = 0; i < 100; i++) {
        if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) break;
    }
    close(there[0]);
    close(there[1]);
    close(back[0]);
    close(back[1]);
    waitpid(child, NULL, 0);
}

static void *count(void *given)
{
    volatile double sum = 0;
    for (int i = 0; i < 20000; i++) sum = sum + i;
    nap(500);
    return given;
}

static void threads(void)
{
    pthread_t all[4];
    int made = 0;
    while (made < 4 && pthread_create(&all[made], NULL, count, NULL) == 0) made++;
    while (made > 0) pthread_join(all[--made], NULL);
}

static void memory(void)
{
    size_t size = 1 << 20;
    char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED) return;
    for (size_t i = 0; i < size; i += 4096) bytes[i] = 1;
    mprotect(bytes, size, PROT_READ);
    munmap(bytes, size);
}

static int rounds_asked(void)
{
    char line[1024] = "";
    int fd = open("/proc/cmdline", O_RDONLY);
    if (fd >= 0 && read(fd, line, sizeof line - 1) < 0) line[0] = 0;
    const char *asked = strstr(line, "rounds=");
    return asked ? atoi(asked + 7) : 10;
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) return 0;
    mkdir("/proc", 0755);
    mount("proc", "/proc", "proc", 0, NULL);
    signal(SIGUSR1, on_signal);
    int rounds = rounds_asked();
    for (int i = 0; i < rounds; i++) {
        fork_and_exec();
        ping_pong();
        threads();
        memory();
        for (int each = 0; each < 20; each++) kill(getpid(), SIGUSR1);
        nap(20000);
    }
    printf("guest: %d rounds done, %d signals\n", rounds, (int)signals);
    fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
    return 0;
}
