// SPDX-License-Identifier: GPL-2.0-only

// What Go waits with: go_waits mutex|channel. Goroutines park; the runtime's threads then wait in
// futexes that say nothing of the lock.
package main

import (
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

var (
	registryLock sync.Mutex
	registry     int
)

// A sleep that keeps the thread, so that others have to wait in theirs.
func sleepInThread(d time.Duration) {
	ts := syscall.NsecToTimespec(int64(d))
	syscall.Nanosleep(&ts, nil)
}

//go:noinline
func updateRegistry() {
	registryLock.Lock()
	registry++
	sleepInThread(200 * time.Microsecond)
	registryLock.Unlock()
}

func runMutex() {
	var crew sync.WaitGroup
	end := time.Now().Add(300 * time.Millisecond)
	for i := 0; i < 4; i++ {
		crew.Add(1)
		go func() {
			runtime.LockOSThread()
			for time.Now().Before(end) {
				updateRegistry()
			}
			crew.Done()
		}()
	}
	crew.Wait()
}

//go:noinline
func takeItem(items chan int) bool {
	_, more := <-items
	return more
}

func runChannel() {
	items := make(chan int)
	go func() {
		runtime.LockOSThread()
		for i := 0; i < 150; i++ {
			sleepInThread(2 * time.Millisecond)
			items <- i
		}
		close(items)
	}()
	runtime.LockOSThread()
	for takeItem(items) {
	}
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "mutex" {
		runMutex()
	} else {
		runChannel()
	}
}
