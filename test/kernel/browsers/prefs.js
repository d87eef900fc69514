// SPDX-License-Identifier: MIT
// Composition and decoding as with a GPU.
user_pref("gfx.webrender.all", true);
user_pref("layers.acceleration.force-enabled", true);
user_pref("widget.dmabuf.force-enabled", true);
user_pref("media.hardware-video-decoding.force-enabled", true);
// The process that decodes is not given up where it takes more than five seconds to start.
user_pref("media.rdd-process.startup_timeout_ms", 0);
// A film may begin by itself, and nothing else is to happen.
user_pref("media.autoplay.default", 0);
user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("browser.tabs.firefox-view", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("extensions.update.enabled", false);
user_pref("extensions.getAddons.cache.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("services.settings.server", "data:,");
user_pref("toolkit.telemetry.enabled", false);
user_pref("signon.rememberSignons", false);
// Few processes and no pages of its own: the guest has one processor, and a slow one.
user_pref("browser.preonboarding.enabled", false);
user_pref("browser.newtabpage.enabled", false);
user_pref("browser.sessionstore.resume_from_crash", false);
user_pref("browser.startup.page", 0);
user_pref("browser.startup.preXulSkeletonUI", false);
user_pref("dom.ipc.processCount", 1);
user_pref("dom.ipc.processPrelaunch.enabled", false);
user_pref("extensions.autoDisableScopes", 15);
user_pref("extensions.enabledScopes", 0);
user_pref("fission.autostart", false);
user_pref("termsofuse.bypassNotification", true);
// What the page says on its console goes to stdout.
user_pref("devtools.console.stdout.content", true);
user_pref("browser.dom.window.dump.enabled", true);
