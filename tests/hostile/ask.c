/* SPDX-License-Identifier: ISC */
/* P1: what a program can learn of the host's network: through the passed socket, through others. */
#define _GNU_SOURCE
#include "hostile.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SIOCETHTOOL
#define SIOCETHTOOL 0x8946
#endif
#ifndef SIOCGSKNS
#define SIOCGSKNS 0x894C
#endif
#define SIOCUNIXFILE_ 0x89E0

static bool is_hidden(const char *name)
{
	return strncmp(name, HIDDEN, strlen(HIDDEN)) == 0;
}

/* SIOCGIFCONF lists those with an address: one of the host's must not be among them. */
static void list_by(unsigned long request, bool raw)
{
	char names[4096];
	struct ifconf list = { .ifc_len = sizeof(names) };
	long result;

	list.ifc_buf = names;
	result = raw ? syscall(SYS_ioctl, passed, request, &list)
		     : ioctl(passed, (int)request, &list);
	if (result < 0) {
		leak_if(false, "SIOCGIFCONF");
		return;
	}
	for (size_t i = 0; i < (size_t)list.ifc_len / sizeof(struct ifreq); i++)
		if (is_hidden(list.ifc_req[i].ifr_name)) {
			leak("there is an interface %s", list.ifc_req[i].ifr_name);
			return;
		}
	held("%zu interfaces, none of them the host's",
	     (size_t)list.ifc_len / sizeof(struct ifreq));
}

static void list_interfaces(void)
{
	list_by(SIOCGIFCONF, false);
}

/* The kernel takes 32 bits of the request: a filter that compares 64 lets this one through. */
static void list_high_bits(void)
{
	list_by(0xdead000000000000UL | SIOCGIFCONF, true);
}

/* The name behind each index, from 1: no list needed. */
static void names(void)
{
	for (int i = 1; i < 64; i++) {
		struct ifreq request = { .ifr_ifindex = i };

		if (ioctl(passed, SIOCGIFNAME, &request) < 0) {
			if (errno == ENODEV)
				continue;
			leak_if(false, "SIOCGIFNAME");
			return;
		}
		if (is_hidden(request.ifr_name)) {
			leak("interface %d is %s", i, request.ifr_name);
			return;
		}
	}
	held("none of the names is the host's");
}

static void about(unsigned long request, const char *what)
{
	struct ifreq about_it = { .ifr_name = HIDDEN "0" };
	int result = ioctl(passed, (int)request, &about_it);

	leak_if(result == 0, what);
}

static void hardware_address(void)
{
	about(SIOCGIFHWADDR, "SIOCGIFHWADDR");
}
static void flags(void)
{
	about(SIOCGIFFLAGS, "SIOCGIFFLAGS");
}
static void address(void)
{
	about(SIOCGIFADDR, "SIOCGIFADDR");
}
static void mtu(void)
{
	about(SIOCGIFMTU, "SIOCGIFMTU");
}

static void index_of(void)
{
	about(SIOCGIFINDEX, "SIOCGIFINDEX");
}

/* ETHTOOL_GDRVINFO: the driver, its version, the bus it is on. */
static void ethtool(void)
{
	static char info[4096] = { 3 };
	struct ifreq request = { .ifr_name = HIDDEN "0" };

	request.ifr_data = info;
	leak_if(ioctl(passed, SIOCETHTOOL, &request) == 0 && info[4] != '\0',
		"SIOCETHTOOL: the driver's name");
}

/* A name that no interface of the host has: "no such device" says so, and is an answer. */
static void oracle(void)
{
	struct ifreq none = { .ifr_name = "nowhere9" }, there = { .ifr_name = HIDDEN "0" };
	int first = ioctl(passed, SIOCGIFFLAGS, &none) < 0 ? errno : 0;
	int second = ioctl(passed, SIOCGIFFLAGS, &there) < 0 ? errno : 0;

	if (first != second)
		leak("a name that is there is told from one that is not");
	else
		held("%s, whether it is there or not", strerror(first));
}

static void namespace_of_socket(void)
{
	int fd = ioctl(passed, SIOCGSKNS);

	leak_if(fd >= 0, "SIOCGSKNS: a descriptor of the host's network");
}

static void interface_down(void)
{
	struct ifreq request = { .ifr_name = HIDDEN "0", .ifr_flags = IFF_UP };

	leak_if(ioctl(passed, SIOCSIFFLAGS, &request) == 0, "SIOCSIFFLAGS");
}

static void unix_file(void)
{
	int fd = ioctl(passed, SIOCUNIXFILE_);

	leak_if(fd >= 0, "SIOCUNIXFILE: the listener's file in the host's tree");
}

/* ---- without the passed socket ------------------------------------------------------------- */

static void proc_net(void)
{
	static const char *const files[] = { "/proc/net/tcp", "/proc/self/net/tcp",
					     "/proc/1/net/tcp", "/proc/thread-self/net/tcp" };
	char line[256], wanted[16];

	snprintf(wanted, sizeof(wanted), ":%04X ", VICTIM_TCP);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *file = fopen(files[i], "re");

		while (file && fgets(line, sizeof(line), file))
			if (strstr(line, wanted)) {
				leak("%s shows the victim's listener", files[i]);
				return;
			}
		if (file)
			fclose(file);
	}
	held("no listener of the host in /proc/net/tcp");
}

static void sysfs_net(void)
{
	struct stat info;

	leak_if(stat("/sys/class/net/" HIDDEN "0", &info) == 0, "/sys/class/net shows it");
}

/* The interfaces by rtnetlink: RTM_GETLINK, a dump. */
static void route_netlink(void)
{
	struct {
		uint32_t length;
		uint16_t type, flags;
		uint32_t sequence, pid;
		char family[16];
	} request = { sizeof(request), 18, 0x301, 1, 0, "" };
	static char answer[32768];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
	ssize_t count;

	if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0) {
		leak_if(false, "rtnetlink");
		return;
	}
	while ((count = recv(fd, answer, sizeof(answer), MSG_DONTWAIT)) > 0)
		if (memmem(answer, (size_t)count, HIDDEN, strlen(HIDDEN))) {
			leak("rtnetlink shows an interface of the host");
			return;
		}
	held("rtnetlink shows none of the host's interfaces");
}

/* sock_diag, a dump of all TCP listeners: the victim's port in network order, as sport. */
static void socket_diag(void)
{
	struct {
		uint32_t length;
		uint16_t type, flags;
		uint32_t sequence, pid;
		uint8_t family, protocol, extensions, pad;
		uint32_t states;
		char id[48];
	} request = { .length = sizeof(request), .type = 20, .flags = 0x301, .sequence = 1 };
	static char answer[65536];
	uint16_t wanted = htons(VICTIM_TCP);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 4);
	ssize_t count;

	request.family = AF_INET;
	request.protocol = IPPROTO_TCP;
	request.states = 0xffffffff;
	if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0) {
		leak_if(false, "sock_diag");
		return;
	}
	count = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
	if (count > 0 && memmem(answer, (size_t)count, &wanted, sizeof(wanted)))
		leak("sock_diag shows the victim's listener");
	else
		held("sock_diag shows no socket of the host");
}

/* Into a network namespace that somebody's /proc entry names, if it is the one with the victim. */
static void enter_network(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	char path[300];

	unshare(CLONE_NEWNET); /* for the control: out of it first */
	while (dir && (entry = readdir(dir))) {
		int fd;

		if (atoi(entry->d_name) <= 0 || atoi(entry->d_name) == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/%s/ns/net", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && setns(fd, CLONE_NEWNET) == 0 && if_nametoindex(HIDDEN "0") != 0) {
			leak("entered the host's network by %s", path);
			return;
		}
		if (fd >= 0)
			close(fd);
	}
	held("no way into another network namespace");
}

static void run_enter_network(void)
{
	in_child(enter_network);
}

const struct probe ask_probes[] = {
	{ "ifconf", "P1", ON_ANY, list_interfaces, NULL },
	{ "ifconf-high-bits", "P1", ON_ANY, list_high_bits, NULL },
	{ "ifname", "P1", ON_ANY, names, NULL },
	{ "ifindex", "P1", ON_ANY, index_of, NULL },
	{ "ifhwaddr", "P1", ON_ANY, hardware_address, NULL },
	{ "ifflags", "P1", ON_ANY, flags, NULL },
	{ "ifaddr", "P1", ON_TCP, address, NULL },
	{ "ifmtu", "P1", ON_ANY, mtu, NULL },
	{ "ethtool", "P1", ON_ANY, ethtool, NULL },
	{ "interface-oracle", "P1", ON_ANY, oracle, NULL },
	{ "socket-namespace", "P1", ON_ANY | BARE, namespace_of_socket, NULL },
	{ "interface-down", "P1", ON_TCP | BARE, interface_down, NULL },
	{ "unix-file", "P1", ON_UNIX | BARE, unix_file, NULL },
	{ "proc-net", "P1", ON_ANY | BARE, proc_net, NULL },
	{ "sysfs-net", "P1", ON_ANY | BARE, sysfs_net, "no /sys of this network" },
	{ "rtnetlink", "P1", ON_ANY | BARE, route_netlink, NULL },
	{ "socket-diag", "P1", ON_ANY | BARE, socket_diag, NULL },
	{ "enter-network", "P1", ON_ANY | BARE, run_enter_network, NULL },
	{ NULL, NULL, 0, NULL, NULL },
};
