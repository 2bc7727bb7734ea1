// The files below `site`, put into the program by the compiler. A new file needs its lines here; a test compares the
// two. While working on pages, set RELAY_PAGES to `Sources/CPages/site`: then they are read anew at each request.
#include "CPages.h"

// #embed is C23 (N3017), and an extension of clang in the C of before.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char chat_html[] = {
#embed "site/chat.html"
};
static const unsigned char icon_svg[] = {
#embed "site/icon.svg"
};
static const unsigned char index_html[] = {
#embed "site/index.html"
};
static const unsigned char play_html[] = {
#embed "site/play.html"
};
static const unsigned char relay_html[] = {
#embed "site/relay.html"
};
static const unsigned char style_css[] = {
#embed "site/style.css"
};
static const unsigned char chat_chat_css[] = {
#embed "site/chat/chat.css"
};
static const unsigned char chat_chat_js[] = {
#embed "site/chat/chat.js"
};
static const unsigned char chat_message_list_js[] = {
#embed "site/chat/message-list.js"
};
static const unsigned char chat_plain_side_js[] = {
#embed "site/chat/plain-side.js"
};
static const unsigned char chat_plain_js[] = {
#embed "site/chat/plain.js"
};
static const unsigned char chat_rooms_js[] = {
#embed "site/chat/rooms.js"
};
static const unsigned char devices_commands_js[] = {
#embed "site/devices/commands.js"
};
static const unsigned char devices_detail_js[] = {
#embed "site/devices/detail.js"
};
static const unsigned char devices_devices_css[] = {
#embed "site/devices/devices.css"
};
static const unsigned char devices_devices_js[] = {
#embed "site/devices/devices.js"
};
static const unsigned char devices_fleet_js[] = {
#embed "site/devices/fleet.js"
};
static const unsigned char devices_frames_js[] = {
#embed "site/devices/frames.js"
};
static const unsigned char devices_grid_js[] = {
#embed "site/devices/grid.js"
};
static const unsigned char devices_history_js[] = {
#embed "site/devices/history.js"
};
static const unsigned char devices_lag_js[] = {
#embed "site/devices/lag.js"
};
static const unsigned char devices_topics_js[] = {
#embed "site/devices/topics.js"
};
static const unsigned char devices_traffic_js[] = {
#embed "site/devices/traffic.js"
};
static const unsigned char play_arena_stage_js[] = {
#embed "site/play/arena-stage.js"
};
static const unsigned char play_arena_js[] = {
#embed "site/play/arena.js"
};
static const unsigned char play_board_stage_js[] = {
#embed "site/play/board-stage.js"
};
static const unsigned char play_board_js[] = {
#embed "site/play/board.js"
};
static const unsigned char play_controls_js[] = {
#embed "site/play/controls.js"
};
static const unsigned char play_elements_js[] = {
#embed "site/play/elements.js"
};
static const unsigned char play_host_menu_js[] = {
#embed "site/play/host-menu.js"
};
static const unsigned char play_lobby_js[] = {
#embed "site/play/lobby.js"
};
static const unsigned char play_play_css[] = {
#embed "site/play/play.css"
};
static const unsigned char play_play_js[] = {
#embed "site/play/play.js"
};
static const unsigned char play_players_js[] = {
#embed "site/play/players.js"
};
static const unsigned char play_pulse_js[] = {
#embed "site/play/pulse.js"
};
static const unsigned char play_room_page_js[] = {
#embed "site/play/room-page.js"
};
static const unsigned char play_room_js[] = {
#embed "site/play/room.js"
};
static const unsigned char play_rooms_list_js[] = {
#embed "site/play/rooms-list.js"
};
static const unsigned char play_timeline_js[] = {
#embed "site/play/timeline.js"
};
static const unsigned char relay_prometheus_js[] = {
#embed "site/relay/prometheus.js"
};
static const unsigned char relay_readings_js[] = {
#embed "site/relay/readings.js"
};
static const unsigned char relay_relay_css[] = {
#embed "site/relay/relay.css"
};
static const unsigned char relay_relay_js[] = {
#embed "site/relay/relay.js"
};
static const unsigned char relay_relays_js[] = {
#embed "site/relay/relays.js"
};
static const unsigned char relay_roundtrip_js[] = {
#embed "site/relay/roundtrip.js"
};
static const unsigned char shared_address_js[] = {
#embed "site/shared/address.js"
};
static const unsigned char shared_chart_js[] = {
#embed "site/shared/chart.js"
};
static const unsigned char shared_client_js[] = {
#embed "site/shared/client.js"
};
static const unsigned char shared_colours_js[] = {
#embed "site/shared/colours.js"
};
static const unsigned char shared_connection_js[] = {
#embed "site/shared/connection.js"
};
static const unsigned char shared_endpoint_js[] = {
#embed "site/shared/endpoint.js"
};
static const unsigned char shared_format_js[] = {
#embed "site/shared/format.js"
};
static const unsigned char shared_name_js[] = {
#embed "site/shared/name.js"
};
static const unsigned char shared_theme_js[] = {
#embed "site/shared/theme.js"
};

// What the set-up fetches, once it has.
#if __has_embed("../../.cache/client/socket.io.min.js")
#define HAS_CLIENT
static const unsigned char socket_io_min_js[] = {
#embed "../../.cache/client/socket.io.min.js"
};
#endif

#if __has_embed("../../.cache/client/uPlot.iife.min.js") && __has_embed("../../.cache/client/uPlot.min.css")
#define HAS_CHARTS
static const unsigned char uplot_iife_min_js[] = {
#embed "../../.cache/client/uPlot.iife.min.js"
};
static const unsigned char uplot_min_css[] = {
#embed "../../.cache/client/uPlot.min.css"
};
#endif

#define FILE_AT(name, bytes) {name, bytes, sizeof bytes}

static const struct page_file files[] = {
    FILE_AT("chat.html", chat_html),
    FILE_AT("icon.svg", icon_svg),
    FILE_AT("index.html", index_html),
    FILE_AT("play.html", play_html),
    FILE_AT("relay.html", relay_html),
    FILE_AT("style.css", style_css),
    FILE_AT("chat/chat.css", chat_chat_css),
    FILE_AT("chat/chat.js", chat_chat_js),
    FILE_AT("chat/message-list.js", chat_message_list_js),
    FILE_AT("chat/plain-side.js", chat_plain_side_js),
    FILE_AT("chat/plain.js", chat_plain_js),
    FILE_AT("chat/rooms.js", chat_rooms_js),
    FILE_AT("devices/commands.js", devices_commands_js),
    FILE_AT("devices/detail.js", devices_detail_js),
    FILE_AT("devices/devices.css", devices_devices_css),
    FILE_AT("devices/devices.js", devices_devices_js),
    FILE_AT("devices/fleet.js", devices_fleet_js),
    FILE_AT("devices/frames.js", devices_frames_js),
    FILE_AT("devices/grid.js", devices_grid_js),
    FILE_AT("devices/history.js", devices_history_js),
    FILE_AT("devices/lag.js", devices_lag_js),
    FILE_AT("devices/topics.js", devices_topics_js),
    FILE_AT("devices/traffic.js", devices_traffic_js),
    FILE_AT("play/arena-stage.js", play_arena_stage_js),
    FILE_AT("play/arena.js", play_arena_js),
    FILE_AT("play/board-stage.js", play_board_stage_js),
    FILE_AT("play/board.js", play_board_js),
    FILE_AT("play/controls.js", play_controls_js),
    FILE_AT("play/elements.js", play_elements_js),
    FILE_AT("play/host-menu.js", play_host_menu_js),
    FILE_AT("play/lobby.js", play_lobby_js),
    FILE_AT("play/play.css", play_play_css),
    FILE_AT("play/play.js", play_play_js),
    FILE_AT("play/players.js", play_players_js),
    FILE_AT("play/pulse.js", play_pulse_js),
    FILE_AT("play/room-page.js", play_room_page_js),
    FILE_AT("play/room.js", play_room_js),
    FILE_AT("play/rooms-list.js", play_rooms_list_js),
    FILE_AT("play/timeline.js", play_timeline_js),
    FILE_AT("relay/prometheus.js", relay_prometheus_js),
    FILE_AT("relay/readings.js", relay_readings_js),
    FILE_AT("relay/relay.css", relay_relay_css),
    FILE_AT("relay/relay.js", relay_relay_js),
    FILE_AT("relay/relays.js", relay_relays_js),
    FILE_AT("relay/roundtrip.js", relay_roundtrip_js),
    FILE_AT("shared/address.js", shared_address_js),
    FILE_AT("shared/chart.js", shared_chart_js),
    FILE_AT("shared/client.js", shared_client_js),
    FILE_AT("shared/colours.js", shared_colours_js),
    FILE_AT("shared/connection.js", shared_connection_js),
    FILE_AT("shared/endpoint.js", shared_endpoint_js),
    FILE_AT("shared/format.js", shared_format_js),
    FILE_AT("shared/name.js", shared_name_js),
    FILE_AT("shared/theme.js", shared_theme_js),
#ifdef HAS_CLIENT
    FILE_AT("vendor/socket.io.min.js", socket_io_min_js),
#endif
#ifdef HAS_CHARTS
    FILE_AT("vendor/uPlot.iife.min.js", uplot_iife_min_js),
    FILE_AT("vendor/uPlot.min.css", uplot_min_css),
#endif
};

size_t page_file_count(void) { return sizeof files / sizeof *files; }

const struct page_file *page_file_at(size_t index) { return &files[index]; }
