// SPDX-License-Identifier: GPL-2.0-only
/* A call chain through templates, a namespace, a lambda and std::thread; stops by SIGUSR2. */
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

namespace app
{
template <class T> struct Queue {
	std::mutex lock;
	T last;

	__attribute__((noinline)) T pop(T n)
	{
		std::lock_guard<std::mutex> guard(lock);
		raise(SIGUSR2);
		return last + n;
	}
};

Queue<long> jobs;

__attribute__((noinline)) long take(const std::function<long()> &from)
{
	long n = from();

	__asm__ volatile("" ::: "memory");
	return n;
}
}

int main()
{
	std::thread worker([] { app::jobs.last = app::take([] { return app::jobs.pop(1); }); });

	worker.join();
	return 0;
}
