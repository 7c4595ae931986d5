/* SPDX-License-Identifier: ISC */
/* The terminal of spawnctl top. In spawnctl, at the operator's hand. */
#include "ctl/screen.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l" /* the alternate screen, no cursor */
#define LEAVE "\033[?25h\033[?1049l"
#define LINES_DEFAULT 24
#define COLUMNS_DEFAULT 80

/* What signals say; and the terminal as it was found. */
static volatile sig_atomic_t ended, stopped, resized;
static struct termios before;
static bool changed;

static void note(int number)
{
	if (number == SIGWINCH)
		resized = 1;
	else if (number == SIGTSTP)
		stopped = 1;
	else
		ended = 1;
}

static void put(const char *text)
{
	fputs(text, stdout);
	fflush(stdout);
}

static void watch_signals(void)
{
	static const int watched[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH };
	struct sigaction action = { .sa_handler = note }; /* no SA_RESTART: poll(2) returns */

	for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
		sigaction(watched[i], &action, NULL);
}

static void measure(struct screen *screen)
{
	struct winsize size = { 0 };

	screen->lines = LINES_DEFAULT;
	screen->columns = COLUMNS_DEFAULT;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return;
	if (size.ws_row > 0)
		screen->lines = size.ws_row;
	if (size.ws_col > 0)
		screen->columns = size.ws_col;
}

/* Keys come one by one, and are not shown. Signals stay keys (ISIG). */
static void take(const struct screen *screen)
{
	struct termios raw;

	changed = tcgetattr(STDIN_FILENO, &before) == 0;
	if (changed) {
		raw = before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		raw.c_cc[VMIN] = 1;
		raw.c_cc[VTIME] = 0;
		tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	}
	if (!screen->plain)
		put(ENTER);
}

static void give_back(const struct screen *screen)
{
	if (!screen->plain)
		put(LEAVE);
	if (changed)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	changed = false;
}

void screen_enter(struct screen *screen)
{
	const char *kind = getenv("TERM");

	*screen = (struct screen){ .terminal = isatty(STDOUT_FILENO) };
	screen->plain = !kind || !*kind || strcmp(kind, "dumb") == 0;
	measure(screen);
	if (!screen->terminal)
		return;
	watch_signals();
	take(screen);
}

void screen_leave(struct screen *screen)
{
	if (screen->terminal)
		give_back(screen);
	screen->terminal = false;
}

void screen_draw(struct screen *screen, const char *text)
{
	int line = 0;

	measure(screen);
	if (!screen->plain)
		fputs("\033[H", stdout);
	for (; *text && line < screen->lines; line++) {
		size_t length = strcspn(text, "\n");
		int shown = length < (size_t)screen->columns ? (int)length : screen->columns;

		/* The last line has no end, or the terminal would scroll. */
		printf("%s%.*s%s", line > 0 ? "\n" : "", shown, text,
		       screen->plain ? "" : "\033[K");
		text += length + (text[length] == '\n');
	}
	put(screen->plain ? "\n\n" : "\033[J");
}

/* ^Z: the terminal is given back until SIGCONT. */
static void stop(const struct screen *screen)
{
	stopped = 0;
	give_back(screen);
	raise(SIGSTOP);
	take(screen);
}

int screen_wait(struct screen *screen, int64_t span_ns)
{
	struct pollfd polled = { .fd = STDIN_FILENO, .events = POLLIN };
	char key;
	int got = poll(&polled, 1, (int)(span_ns / CLOCK_MILLISECOND_NS));

	if (ended || (got < 0 && errno != EINTR))
		return -1;
	if (stopped)
		stop(screen);
	resized = 0;
	if (got <= 0)
		return 0;
	return read(STDIN_FILENO, &key, 1) == 1 && key != 4 ? (unsigned char)key : -1;
}
