// SPDX-License-Identifier: GPL-2.0-only

import java.util.concurrent.locks.LockSupport;

/** What Java waits with: JavaWaits synchronized|park. The virtual machine parks its threads. */
public final class JavaWaits {
    private static final Object LOCK = new Object();
    private static long total;

    private static void updateTotal() throws InterruptedException {
        synchronized (LOCK) {
            total++;
            Thread.sleep(2);
        }
    }

    private static void runSynchronized() throws InterruptedException {
        Thread[] crew = new Thread[4];
        long end = System.nanoTime() + 400_000_000L;
        for (int i = 0; i < crew.length; i++) {
            crew[i] = new Thread(() -> {
                try {
                    while (System.nanoTime() < end) {
                        updateTotal();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }, "updater-" + i);
            crew[i].start();
        }
        for (Thread one : crew) {
            one.join();
        }
    }

    private static void runPark() throws InterruptedException {
        Thread sleeper = new Thread(() -> {
            for (int i = 0; i < 150; i++) {
                LockSupport.park();
            }
        }, "sleeper");
        sleeper.start();
        while (sleeper.isAlive()) {
            Thread.sleep(2);
            LockSupport.unpark(sleeper);
        }
    }

    public static void main(String[] args) throws InterruptedException {
        if (args.length == 1 && args[0].equals("park")) {
            runPark();
        } else {
            runSynchronized();
        }
    }
}
