-- SPDX-License-Identifier: MIT
-- A script for mpv in a window: steps through a film and keeps what the compositor shows of each picture, as FOLDER/NUMBER.ppm.
-- Options: window-shots=FOLDER, window-pictures=COUNT. FOLDER/decoder names the decoder that was used.
local folder = mp.get_opt("window-shots")
local wanted = tonumber(mp.get_opt("window-pictures"))
local number = 0 -- of the picture that is to come
local kept -- the last picture's screenshot
local before -- the screenshot before this one
local tries

-- A screen that is late for so many screenshots is taken as it is; the comparison will tell.
local patience = 40

local function screenshot()
	local path = folder .. "/now.ppm"
	mp.command_native({ name = "subprocess", playback_only = false, args = { "env", "-u", "LD_PRELOAD", "grim", "-t", "ppm", path } })
	local file = assert(io.open(path, "rb"))
	local pixels = file:read("*a")
	file:close()
	return pixels
end

local look

local function next_picture()
	number = number + 1
	if number == wanted then
		mp.command("quit")
		return
	end
	tries = 0
	mp.command("frame-step")
	mp.add_timeout(0.3, look)
end

-- The player returns before the compositor has drawn, so: until the screen has changed, and then stands still.
function look()
	local now = screenshot()
	local settled = now == before and now ~= kept and mp.get_property_bool("vo-configured")
	before = now
	tries = tries + 1
	if not settled and tries < patience then
		mp.add_timeout(0.3, look)
		return
	end
	kept = now
	os.rename(folder .. "/now.ppm", string.format("%s/%03d.ppm", folder, number))
	next_picture()
end

-- The window opens in the film's size; it is the screen's a moment later.
local function full_screen(name, width)
	if width and width == mp.get_property_number("display-width", 0) then
		mp.unobserve_property(full_screen)
		local file = assert(io.open(folder .. "/decoder", "w"))
		file:write(mp.get_property("hwdec-current", ""))
		file:close()
		tries = 0
		mp.add_timeout(0.5, look)
	end
end

kept = screenshot()
mp.register_event("playback-restart", function()
	mp.observe_property("osd-width", "number", full_screen)
end)
